import type { Ports } from '../../ports/ports.ts';
import { insertSpace } from '../../spaces/space-store.ts';
import { ROOT_SPACE } from '../../spaces/space.ts';
import { saveAccountName } from '../account-store.ts';
import { accountName } from '../account.ts';
import { saveSystemRoles } from '../role-store.ts';

/** The account, its root space and the system roles; at every start, and safe to repeat. */
export async function ensureAccount(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, input: { readonly name: string }): Promise<void> {
  const name = accountName(input.name);
  const now = ports.clock.now();
  await ports.db.transaction(async (tx) => {
    await saveAccountName(tx.sql, name, now);
    await insertSpace(tx.sql, { id: ROOT_SPACE, name: 'root', description: 'Top of the tree of spaces.', labels: [], parentId: null, inheritEntities: false, createdAt: now, updatedAt: now });
    await saveSystemRoles(tx.sql, () => ports.ids.ulid(), now);
  });
}
