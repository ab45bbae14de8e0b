import { readSecret } from '../aws/secret-values.ts';
import { secretName } from '../names.ts';
import { found, nameOf, type Check } from './check.ts';

/** Whether somebody can sign in by password. A secret that was emptied takes the administrator away with the next deployment. */
export const checkAdministrator: Check = async ({ aws, config }) => {
  const { ok, warning, failed } = found('administrator');
  if (config.adminUsername === null) return [warning('nobody signs in by password: admin.username and admin.password are not in the file')];
  const name = secretName(config.prefix, 'admin');
  try {
    const value = await readSecret(aws, name);
    if (value === undefined) return [ok(`${config.adminUsername}, whose password the installation stores`)];
    const kept = administratorIn(value);
    if (kept === config.adminUsername) return [ok(kept)];
    return [warning(`the secret ${name} ${kept === null ? 'has no values' : `is of ${kept}`}, and the file names ${config.adminUsername}: installing writes it`)];
  } catch (error) {
    return [failed(`the secret ${name} cannot be read (${nameOf(error)})`)];
  }
};

function administratorIn(value: string): string | null {
  try {
    const { username, password } = JSON.parse(value) as { readonly username?: unknown; readonly password?: unknown };
    return typeof username === 'string' && username !== '' && typeof password === 'string' && password !== '' ? username : null;
  } catch {
    return null;
  }
}
