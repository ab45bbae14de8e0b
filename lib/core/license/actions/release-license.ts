import type { CheckNeeds } from './check-license.ts';

/** Gives back what is held of the licence: before an uninstallation, or for the other region. What was granted stays known. */
export async function releaseLicense({ authority, records }: Pick<CheckNeeds, 'authority' | 'records'>): Promise<void> {
  const found = await records.read();
  if (found === undefined || found.record.type !== authority.type || found.record.held === null) return;
  await authority.release(found.record.held);
  await records.replace({ ...found.record, held: null }, found.version);
}
