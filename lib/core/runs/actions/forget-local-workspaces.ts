import type { Ports } from '../../ports/ports.ts';
import { takeExpiredLocalWorkspaces } from '../local-workspace-store.ts';

/** Uploaded working copies are kept for a day. */
export async function forgetLocalWorkspaces(ports: Pick<Ports, 'db' | 'clock' | 'objects'>): Promise<void> {
  for (;;) {
    const keys = await takeExpiredLocalWorkspaces(ports.db.sql, ports.clock.now());
    if (keys.length === 0) return;
    for (const key of keys) await ports.objects.delete('user-uploaded-workspaces', key);
  }
}
