import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { databaseSslMode } from '../install/database-tls.ts';
import { acceptUnrotated } from './acknowledgements.ts';
import { KEPT } from './kept.ts';
import type { SecretName } from './names.ts';
import type { PlatformStack } from './platform-stack.ts';
import { copiesOf } from './secret-copies.ts';

export const DATABASE_NAME = 'windlass';

/** The users of the database: one owns it, the API's functions and the queues' functions have one each, with a time limit of their own. */
const USERS = {
  database: 'windlass',
  'database-api': 'windlass_api',
  'database-drain': 'windlass_drain',
} as const satisfies Partial<Record<SecretName, string>>;

export type DatabaseUser = keyof typeof USERS;

/** Generated users and passwords; the operations function gives the two lesser users their rights. */
export function databaseSecrets(stack: PlatformStack, masterKeyArn: string): { readonly master: CfnSecret; publishAddresses(host: string): void } {
  const replicaRegions = copiesOf(stack.config);
  const made = new Map<DatabaseUser, CfnSecret>();
  for (const [name, username] of Object.entries(USERS) as [DatabaseUser, string][]) {
    const secret = new CfnSecret(stack, `Secret-${name}`, {
      name: stack.names.secret(name),
      kmsKeyId: masterKeyArn,
      replicaRegions,
      // Characters that need no quoting in an address.
      generateSecretString: { secretStringTemplate: JSON.stringify({ username }), generateStringKey: 'password', passwordLength: 40, excludePunctuation: true },
    });
    secret.applyRemovalPolicy(KEPT);
    acceptUnrotated(secret, stack.config.database.access === 'direct' ? 'direct' : 'database');
    made.set(name, secret);
    stack.publish('database', `secret-${name}`, secret.ref);
  }
  const of = (user: DatabaseUser): CfnSecret => made.get(user) as CfnSecret;
  return {
    master: of('database'),
    /** For functions that connect by themselves: whole addresses, put together by CloudFormation at deployment. */
    publishAddresses(host) {
      const query = `sslmode=${databaseSslMode(stack.config)}`;
      for (const [name, username] of Object.entries(USERS) as [DatabaseUser, string][]) {
        const password = `{{resolve:secretsmanager:${of(name).ref}:SecretString:password}}`;
        const address = new CfnSecret(stack, `Address-${name}`, {
          name: `${stack.names.secret(name)}-url`,
          kmsKeyId: masterKeyArn,
          secretString: stack.toJsonString({ DATABASE_URL: `postgres://${username}:${password}@${host}:5432/${DATABASE_NAME}?${query}` }),
        });
        address.applyRemovalPolicy(KEPT);
        acceptUnrotated(address, 'address');
        stack.publish('database', `secret-${name}-url`, address.ref);
      }
    },
  };
}
