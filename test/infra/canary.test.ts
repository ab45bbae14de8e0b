import { readFileSync, readdirSync } from 'node:fs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { expect } from 'expect';
import { ROOT, goodConfig, synthesized } from '../support/infra.ts';

/** Every key of the file that holds a secret, with a value that can be found again. */
const WITH_SECRETS = {
  admin: { username: 'root', password: 'canary-admin-password' },
  sso_config: { oidc_args: { client_credentials: 'canary-client-credentials' } },
  slack_config: { enabled: true, client_id: 'canary-slack-id', client_secret: 'canary-slack-secret', signing_secret: 'canary-slack-signing' },
  license: { type: 'jwt', token: 'canary-license-token' },
  git: { credentials: { 'https://git.example.com/canary-address': { username: 'canary-git-user', password: 'canary-git-password' } } },
};
const CANARY = /canary-[a-z-]+/;

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('secrets of the file', () => {
  const made = synthesized(WITH_SECRETS);

  it('are read, so that the installer can store them', () => {
    expect(JSON.stringify(made.read.secrets).match(/canary-[a-z-]+/g)).toHaveLength(9);
  });

  it('reach no template, no asset, no manifest and no context', () => {
    const files = filesBelow(made.outdir);

    expect(files.length).toBeGreaterThan(20);
    for (const file of files) expect([file, CANARY.exec(readFileSync(file, 'latin1'))?.[0]]).toEqual([file, undefined]);
    expect(existsSync(join(ROOT, 'cdk.context.json'))).toBe(false);
  });

  it('reach no warning', () => {
    expect(JSON.stringify(goodConfig(WITH_SECRETS).warnings)).not.toMatch(CANARY);
  });

  it('are kept in secrets that are made empty', () => {
    const secrets = made.resources(
      'AWS::SecretsManager::Secret',
      'storage',
    ).map(({ Properties }) => [Properties?.Name as string, Properties?.SecretString, Properties?.GenerateSecretString]);

    for (const name of ['license', 'admin', 'slack', 'sso', 'git']) expect(secrets).toContainEqual([`platform/${name}`, undefined, undefined]);
  });

  it('stand in no environment: functions know where secrets are, not what they are', () => {
    for (const { Properties } of made.resources('AWS::Lambda::Function')) {
      for (const [name, value] of Object.entries((Properties?.Environment?.Variables ?? {}) as Record<string, unknown>)) {
        expect(JSON.stringify(value)).not.toContain('resolve:secretsmanager');
        if (/SECRET|PASSWORD|TOKEN|CREDENTIAL/.test(name)) expect(name).toMatch(/_SECRET_ARN$/);
      }
    }
  });
});
