import type { Ports } from '../../ports/ports.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict, invalid } from '../../shared/errors.ts';
import { hashPassword, newPassword } from '../password.ts';
import { endSessionsOf } from '../session-store.ts';
import { saveUser } from '../user-store.ts';
import { checkPassword, startSession, type AdministratorLogin, type PasswordLogin } from './log-in-administrator.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'ids' | 'signer' | 'settings'>;

/** Replaces a password, known by the old one; ends every session of that person and opens a new one. */
export async function changePassword(ports: Needs, input: PasswordLogin & { readonly newPassword: string }): Promise<AdministratorLogin> {
  const wanted = newPassword(input.newPassword);
  const user = await checkPassword(ports, input);
  if (user.origin === 'environment') throw conflict('this password comes from ADMIN_PASSWORD: change it there and restart the server');
  if (wanted === input.password) throw invalid('the new password must differ from the old one', { field: 'newPassword' });

  const now = ports.clock.now();
  const changed = { ...user, passwordHash: await hashPassword(wanted, (bytes) => ports.ids.random(bytes)), mustChangePassword: false, updatedAt: now };
  await ports.db.transaction(async (tx) => {
    await saveUser(tx.sql, changed);
    await endSessionsOf(tx.sql, 'user', user.id, now);
  });
  const login = await startSession(ports, changed, input.remoteIp);
  await saveAudit(ports, ports.db.sql, login.actor, { action: 'user.change-password', resourceType: 'user', resourceId: user.username });
  return login;
}
