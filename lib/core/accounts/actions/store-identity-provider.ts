import type { Ports } from '../../ports/ports.ts';
import { requireRootAdmin, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { findIdentityProvider, saveIdentityProvider, type ProviderType } from '../identity-provider-store.ts';

const CONTEXT = { table: 'identity_provider', id: 'provider' };

/**
 * Keeps who signs people in. One that is stored already stays as it is unless `replace` says otherwise; `check` is asked before anything is
 * written, so that one which does not answer changes nothing.
 */
export async function storeIdentityProvider(
  ports: Pick<Ports, 'db' | 'objects' | 'cipher' | 'clock' | 'ids'>,
  actor: Actor,
  input: { readonly type: ProviderType; readonly settings: object; readonly replace: boolean; readonly check: () => Promise<void> },
): Promise<'stored' | 'unchanged'> {
  requireRootAdmin(actor);
  const before = await findIdentityProvider(ports.db.sql);
  if (before !== undefined && !input.replace) return 'unchanged';
  await input.check();

  const settingsKey = `identity-provider/${ports.ids.ulid()}`;
  await ports.objects.put('documents', settingsKey, Buffer.from(await ports.cipher.encrypt(Buffer.from(JSON.stringify(input.settings)), CONTEXT)));
  await ports.db.transaction(async (tx) => {
    await saveIdentityProvider(tx.sql, { type: input.type, settingsKey, storedAt: ports.clock.now(), storedBy: actor.login });
    await saveAudit(ports, tx.sql, actor, { action: 'identity-provider.store', resourceType: 'identity-provider', resourceId: 'provider', body: { type: input.type } });
  });
  if (before !== undefined) await ports.objects.delete('documents', before.settingsKey);
  return 'stored';
}

/** The settings of who signs people in; undefined while nobody is stored. */
export async function readIdentityProvider(ports: Pick<Ports, 'db' | 'objects' | 'cipher'>): Promise<{ readonly type: ProviderType; readonly settings: unknown } | undefined> {
  const provider = await findIdentityProvider(ports.db.sql);
  const bytes = provider && (await ports.objects.get('documents', provider.settingsKey));
  if (provider === undefined || bytes === undefined) return undefined;
  return { type: provider.type, settings: JSON.parse((await ports.cipher.decrypt(bytes.toString('utf8'), CONTEXT)).toString('utf8')) as unknown };
}
