import type { Ports } from '../../ports/ports.ts';
import { requireRootAdmin, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict, notFound } from '../../shared/errors.ts';
import { findAccount, saveAccountName } from '../account-store.ts';
import { accountName } from '../account.ts';

/** Gives the account another name; one that it has already changes nothing. Answers the name before. */
export async function renameAccount(ports: Pick<Ports, 'db' | 'clock' | 'ids'>, actor: Actor, input: { readonly name: string }): Promise<string> {
  requireRootAdmin(actor);
  const name = accountName(input.name);
  return ports.db.transaction(async (tx) => {
    const account = await findAccount(tx.sql);
    if (account === undefined) throw notFound('there is no account yet: it is made at the first start');
    if (account.name === name) return name;
    const saved = await saveAccountName(tx.sql, account.name, name);
    if (!saved) throw conflict('the account was renamed by somebody else at the same time; look at its name and try again');
    await saveAudit(ports, tx.sql, actor, {
      action: 'account.rename', resourceType: 'account', resourceId: account.id, body: { before: account.name, after: name },
    });
    return account.name;
  });
}
