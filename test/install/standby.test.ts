import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { destroySecret } from '../../lib/install/aws/destruction.ts';
import { placeOf, readSecret } from '../../lib/install/aws/secret-values.ts';
import { awsClients, type AwsClients } from '../../lib/install/aws/clients.ts';
import { SHARED_SECRETS } from '../../lib/install/names.ts';
import { testInstallation, type TestInstallation } from '../support/installation.ts';
import { needsMoto } from '../support/requirements.ts';
import { sharedSecret } from '../support/secret-copies.ts';

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef';
const REGIONS = ['eu-central-1', 'eu-west-1'] as const;

describe('a standby installation', needsMoto, () => {
  let place: TestInstallation;
  let clients: Readonly<Record<(typeof REGIONS)[number], AwsClients>>;
  before(async () => {
    place = await testInstallation();
    clients = { 'eu-west-1': place.aws, 'eu-central-1': awsClients('eu-central-1', { endpoint: place.url }) };
  });
  after(async () => {
    clients['eu-central-1'].close();
    await place.close();
  });
  beforeEach(() => void place.operations.asked.splice(0));

  const config = {
    disaster_recovery: { is_dr_instance: true, replica_region: 'eu-central-1', encryption_primary_key_arn: KEY, signing_primary_key_arn: KEY },
    admin: { username: 'root', password: 'another password' },
  };
  const run = (command: 'install' | 'update-sso-settings', args: readonly string[] = ['--yes']) => place.run(command, args, { config });

  it('is not begun before the first region has copied its secrets, and says which are missing', async () => {
    const outcome = await run('install');

    expect(outcome.code).toBe(5);
    expect(outcome.said).toMatch(/FAILED {2}shared secrets: platform\/database, .*platform\/git have no copy in eu-west-1: install eu-central-1 first, with disaster_recovery\.replica_region eu-west-1/);
    expect(outcome.said).not.toContain('platform/origin');
  });

  it('leaves the values of copies, and the database, to the region that keeps them', async () => {
    for (const name of SHARED_SECRETS) await sharedSecret(clients, REGIONS, `platform/${name}`, `{"of":"${name}"}`);

    const outcome = await run('install');

    expect(outcome).toMatchObject({ code: 0, said: expect.stringContaining('shared secrets: 9 are here') });
    expect(outcome.said).not.toContain('secrets written');
    for (const name of SHARED_SECRETS) expect(await readSecret(clients['eu-central-1'], `platform/${name}`)).toBe(`{"of":"${name}"}`);
    expect(place.operations.asked).toEqual([]);
  });

  it('sends whoever changes the identity provider to the region that keeps it', async () => {
    expect(await run('update-sso-settings', [])).toMatchObject({ code: 5, complained: expect.stringContaining('the secret platform/sso is a copy of the one in eu-central-1') });
    expect(place.operations.asked).toEqual([]);
  });

  it('has its copies taken away with what they are copies of, not by itself', async () => {
    await destroySecret(clients['eu-west-1'], 'platform/sso');
    expect(await placeOf(clients['eu-west-1'], 'platform/sso')).toMatchObject({ copyOf: 'eu-central-1' });

    await destroySecret(clients['eu-central-1'], 'platform/sso');
    for (const region of REGIONS) expect(await placeOf(clients[region], 'platform/sso')).toBeUndefined();
    await destroySecret(clients['eu-central-1'], 'platform/sso');
  });
});
