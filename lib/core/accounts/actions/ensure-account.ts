import type { Ports } from '../../ports/ports.ts';
import { insertSpace } from '../../spaces/space-store.ts';
import { ROOT_SPACE } from '../../spaces/space.ts';
import { findAccount, insertAccount } from '../account-store.ts';
import { accountName } from '../account.ts';
import { saveSystemRoles } from '../role-store.ts';

/**
 * The account, its root space and the system roles; at every start, and safe to repeat. Answers the name that the account has: one that is
 * there already keeps its own, until somebody renames it who means to.
 */
export async function ensureAccount(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, input: { readonly name: string }): Promise<string> {
  const name = accountName(input.name);
  const now = ports.clock.now();
  return ports.db.transaction(async (tx) => {
    await insertAccount(tx.sql, name, now);
    await insertSpace(tx.sql, { id: ROOT_SPACE, name: 'root', description: 'Top of the tree of spaces.', labels: [], parentId: null, inheritEntities: false, createdAt: now, updatedAt: now });
    await saveSystemRoles(tx.sql, () => ports.ids.ulid(), now);
    return (await findAccount(tx.sql))?.name ?? name;
  });
}
