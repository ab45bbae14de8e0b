import type { AwsClients } from './aws/clients.ts';
import { placeOf, readSecret, writeSecret } from './aws/secret-values.ts';
import type { InstallConfig, InstallSecrets } from './config.ts';
import { secretName } from './names.ts';

/**
 * Puts the file's secrets where functions read them, and clears those that the file no longer has. Copies are the other region's to change.
 * Which were changed, by name.
 */
export async function writeSecrets(aws: AwsClients, config: InstallConfig, secrets: InstallSecrets): Promise<readonly string[]> {
  const { adminPassword, slack, licenseToken, gitCredentials } = secrets;
  const values: Readonly<Record<string, object | null>> = {
    admin: adminPassword === null ? null : { username: config.adminUsername, password: adminPassword },
    slack,
    license: licenseToken === null ? null : { token: licenseToken },
    git: gitCredentials,
  };
  const changed: string[] = [];
  for (const [name, value] of Object.entries(values)) if (await settle(aws, secretName(config.prefix, name), value)) changed.push(name);
  return changed;
}

/** A secret that never had a value stays without; one that had is emptied, since a value cannot be taken back. */
async function settle(aws: AwsClients, id: string, value: object | null): Promise<boolean> {
  if ((await placeOf(aws, id))?.copyOf != null) return false;
  if (value !== null) return writeSecret(aws, id, JSON.stringify(value));
  return (await hasContent(aws, id)) && writeSecret(aws, id, '{}');
}

async function hasContent(aws: AwsClients, id: string): Promise<boolean> {
  const value = await readSecret(aws, id);
  return value !== undefined && value !== '{}';
}
