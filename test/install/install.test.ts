import { after, before, describe, it } from 'node:test';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { CreateAccountAliasCommand } from '@aws-sdk/client-iam';
import { paginateGetParametersByPath } from '@aws-sdk/client-ssm';
import { expect } from 'expect';
import { awsClients } from '../../lib/install/aws/clients.ts';
import { createParameter, deleteParameter, readParameter, writeParameter } from '../../lib/install/aws/parameters.ts';
import { readConfig } from '../../lib/launcher/config.ts';
import { awsProxy, errorAnswer, jsonAnswer, type Intercept } from '../support/aws-proxy.ts';
import { testInstallation, type TestInstallation } from '../support/installation.ts';
import { needsMoto } from '../support/requirements.ts';
import { serverCertificate } from '../support/server-certificate.ts';

const GIT = { 'https://git.example.com/platform': { username: 'robot', password: 'canary-git-password' } };

describe('windlass install', needsMoto, () => {
  let place: TestInstallation;
  before(async () => {
    place = await testInstallation();
    await place.aws.iam.send(new CreateAccountAliasCommand({ AccountAlias: 'acme-production' }));
  });
  after(() => place.close());

  const secret = async (name: string) => {
    const value = (await place.aws.secrets.send(new GetSecretValueCommand({ SecretId: `platform/${name}` }))).SecretString;
    return JSON.parse(value ?? 'null') as unknown;
  };
  const withoutValue = (name: string) => expect(secret(name)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  const told = async (outcome: { readonly said: string; readonly complained: string }) => `${outcome.said}\n${outcome.complained}\n${JSON.stringify(await place.deployments())}`;

  for (const answer of ['y', 'Y', 'YES', 'no', ''])
    it(`asks, and takes ${JSON.stringify(answer)} for no: nothing is changed`, async () => {
      const outcome = await place.run('install', [], { answers: [answer] });

      expect(outcome).toMatchObject({ code: 4, complained: 'install: nothing was changed', asked: ['Only "yes" continues: '] });
      expect(outcome.said).toContain('account  123456789012 (acme-production)');
      expect(await place.deployments()).toEqual([]);
      expect(await readParameter(place.aws, '/platform/install/lock')).toBeUndefined();
    });

  it('reports all faults of the file at once and ends with 2', async () => {
    const outcome = await place.run('install', ['--yes'], { config: { account_name: '-', aws_regoin: 'x' } });
    expect(outcome.code).toBe(2);
    expect(outcome.complained).toMatch(/account_name: /);
    expect(outcome.complained).toMatch(/aws_regoin: .*aws_region/);
  });

  it('does not start with credentials that have expired or are for another partition', async () => {
    const words = 'install: could not find AWS account ID; check that your AWS credentials are correct and have not expired';
    const refusedBy = async (intercept: Intercept) => {
      const proxy = await awsProxy({ upstream: place.url, intercept });
      try {
        expect(await place.run('install', ['--yes'], { context: { aws: (region) => awsClients(region, { endpoint: proxy.url }) } })).toMatchObject({ code: 5, complained: words });
      } finally {
        await proxy.close();
      }
    };
    await refusedBy((call) => Promise.resolve(errorAnswer(call, 403, 'ExpiredToken', 'The security token included in the request is expired')));
    await refusedBy(async (call, next) => {
      const answer = await next(call);
      return { ...answer, body: Buffer.from(answer.body.toString('utf8').replace('arn:aws:sts', 'arn:aws-us-gov:sts')) };
    });
    expect(await place.deployments()).toEqual([]);
  });

  it('checks before it changes anything, and tells all that is missing', async () => {
    await deleteParameter(place.aws, '/cdk-bootstrap/hnb659fds/version');
    try {
      const outcome = await place.run('install', ['--yes'], { config: { spacelift_hostname: 'other.example.com', alerting: { sns_topic_arn: 'arn:aws:sns:eu-west-1:123456789012:nowhere' } } });
      expect(outcome.code).toBe(5);
      expect(outcome.said).toMatch(/FAILED {2}bootstrap: the CDK is not bootstrapped in eu-west-1; run: npx cdk bootstrap aws:\/\/123456789012\/eu-west-1/);
      expect(outcome.said).toMatch(/FAILED {2}certificate: .*does not cover other.example.com, only .*windlass.example.com/);
      expect(outcome.said).toMatch(/FAILED {2}alerting: /);
      expect(outcome.complained).toMatch(/3 of \d+ checks failed; nothing was changed/);
      expect(await place.deployments()).toEqual([]);
    } finally {
      await writeParameter(place.aws, '/cdk-bootstrap/hnb659fds/version', '28');
    }
  });

  it('installs: keys and secrets first, then their values, then the rest; and says what to do next', async () => {
    const outcome = await place.run('install', [], { answers: ['yes'], config: { admin: { username: 'root', password: 'canary-admin-password' }, git: { credentials: GIT } } });

    expect(outcome).toMatchObject({ code: 0, complained: '' });
    const [first, second] = await place.deployments();
    expect(first).toMatchObject({ region: 'eu-west-1', account: '123456789012' });
    expect(first?.words.slice(0, 4)).toEqual(['deploy', 'kms', 'storage', '--exclusively']);
    expect(second?.words.slice(0, 2)).toEqual(['deploy', '--all']);
    expect(second?.words).toEqual(expect.arrayContaining(['--require-approval', 'never', '--outputs-file', '-c', `config=${place.folder}/config.json`]));
    expect(await secret('admin')).toEqual({ username: 'root', password: 'canary-admin-password' });
    expect(await secret('git')).toEqual(GIT);
    expect(outcome.said).toContain('secrets written: admin, git');
    expect(await secret('sso')).toEqual({ type: 'OIDC', adminLogin: 'admin@example.com', clientId: 'windlass', clientSecret: 'canary-oidc-secret', identityProviderHost: 'https://login.example.com' });
    expect(place.operations.asked).toEqual([{ do: 'rename-account' }, { do: 'ensure-administrator' }, { do: 'store-identity-provider', replace: true }]);
    expect(outcome.said).toContain('administrator: root\n');
    await withoutValue('slack');
    await withoutValue('license');
    expect(await readParameter(place.aws, '/platform/install/version')).toBe('6.0.0');
    expect(await readParameter(place.aws, '/platform/install/lock')).toBeUndefined();
    for (const line of [
      'API DNS target: d-abc.execute-api.eu-west-1.amazonaws.com', 'API hosted zone id: Z123', 'Web DNS target: d1.example.net', 'Broker endpoint: abc-ats.iot.eu-west-1.amazonaws.com',
      'Encryption primary key ARN: arn:aws:kms:eu-west-1:123456789012:key/mrk-2', 'S3 bucket replication info:', '  KMS key ARN: arn:aws:kms:eu-west-1:123456789012:key/mrk-1',
      '  States bucket ARN: arn:aws:s3:::platform-states-123456789012-abcdef', '  Workspaces bucket ARN: arn:aws:s3:::platform-workspace-123456789012-abcdef',
    ]) expect(outcome.said).toContain(line);
    expect(await told(outcome)).not.toContain('canary');
  });

  it('installs again with the same file, clears what the file no longer has, and leaves the identity provider alone', async () => {
    const other = { ...(place.configuration.sso_config as object), oidc_args: { client_id: 'other', client_credentials: 'canary-other', identity_provider_host: 'https://login.example.com' } };

    const { cert } = await serverCertificate('authority.internal');
    const ca_certificates = [Buffer.from(cert).toString('base64')];
    const outcome = await place.run('install', ['--yes', '--json'], { config: { sso_config: other, tls_config: { ca_certificates } } });

    expect(outcome.code).toBe(0);
    expect(outcome.said).toContain('identity provider unchanged');
    expect(await secret('admin')).toEqual({});
    expect(outcome.said).toContain('no administrator: nobody signs in by password until admin.username and admin.password are in the file');
    expect(outcome.said).toContain('warning administrator: nobody signs in by password');
    expect(await secret('git')).toEqual({});
    expect(place.operations.asked.at(-1)).toEqual({ do: 'store-identity-provider', replace: false });
    expect(await secret('sso')).toMatchObject({ clientId: 'windlass' });
    const summary = JSON.parse(outcome.said.slice(outcome.said.indexOf('\n{') + 1)) as Record<string, unknown>;
    expect(summary).toMatchObject({ version: '6.0.0', healthy: true, replication: { buckets: { states: 'arn:aws:s3:::platform-states-123456789012-abcdef' } } });
    // Launchers trust whom the functions trust, by a variable of theirs.
    expect(() => readConfig({ SPACELIFT_ADDITIONAL_ROOT_CAS: String(summary.launcherRootCas) })).toThrow(expect.objectContaining({ faults: expect.not.arrayContaining([expect.stringContaining('ROOT_CAS')]) }));
    expect(JSON.parse(Buffer.from(String(summary.launcherRootCas), 'base64').toString())).toEqual({ caCertificates: [Buffer.from(`${cert.trim()}`).toString('base64')] });
    expect(await told(outcome)).not.toContain('canary');

    expect((await place.run('install', ['--yes'], { config: { sso_config: { ...other, update_on_install: true } } })).said).toContain('identity provider stored');
    expect(await secret('sso')).toMatchObject({ clientId: 'other', clientSecret: 'canary-other' });
  });

  it('changes the identity provider by a command of its own, and not to one that cannot be used', async () => {
    expect(await place.run('update-sso-settings')).toMatchObject({ code: 0, said: 'identity provider stored' });
    expect(await secret('sso')).toMatchObject({ clientId: 'windlass' });

    const discovery = 'https://login.example.com/.well-known/openid-configuration';
    const good = place.pages.get(discovery);
    place.pages.set(discovery, () => Response.json({ issuer: 'https://login.example.com', authorization_endpoint: 'https://login.example.com/a', scopes_supported: ['openid'] }));
    expect(await place.run('update-sso-settings')).toMatchObject({ code: 5, complained: expect.stringContaining('does not offer the scope email; the identity provider was not stored') });
    place.pages.set(discovery, () => new Response('down', { status: 500 }));
    expect(await place.run('update-sso-settings')).toMatchObject({ code: 5, complained: expect.stringContaining('discovery failed') });
    if (good) place.pages.set(discovery, good);
    place.operations.answer = { error: { code: 'INVALID', message: 'the provider is refused' } };
    expect(await place.run('update-sso-settings')).toMatchObject({ code: 1, complained: 'update-sso-settings: the provider is refused' });
    place.operations.answer = undefined;
  });

  it('tells nobody a secret of the file, and puts it nowhere but where secrets are kept', async () => {
    const config = {
      admin: { username: 'root', password: 'canary-admin-password' },
      slack_config: { enabled: true, client_id: 'canary-slack-id', client_secret: 'canary-slack-secret', signing_secret: 'canary-slack-signing' },
      sso_config: { ...(place.configuration.sso_config as object), update_on_install: true },
    };
    const installed = await place.run('install', ['--yes', '--json'], { config });
    const refused = await place.run('install', ['--yes'], { config: { ...config, license: { type: 'jwt', token: 'canary-license-token' } } });
    const failed = await place.run('install', ['--yes'], { config, failOn: 'all' });
    const checked = await place.run('doctor', ['--json'], { config });

    expect([installed.code, refused.code, failed.code, checked.code]).toEqual([0, 3, 1, 0]);
    expect(await secret('slack')).toMatchObject({ clientSecret: 'canary-slack-secret' });
    for (const outcome of [installed, refused, failed, checked]) expect(await told(outcome)).not.toContain('canary');
    const kept: unknown[] = [];
    const pages = paginateGetParametersByPath({ client: place.aws.ssm }, { Path: '/platform', Recursive: true });
    for await (const page of pages) kept.push(...(page.Parameters ?? []));
    expect(kept.length).toBeGreaterThan(0);
    expect(JSON.stringify(kept)).not.toContain('canary');
    expect(await place.run('install', ['--yes'])).toMatchObject({ code: 0 });
  });

  it('ends with 1 when the deployment fails, lets go of the lock, and may be run again', async () => {
    const outcome = await place.run('install', ['--yes'], { failOn: 'all' });
    expect(outcome).toMatchObject({ code: 1, complained: expect.stringContaining('the deployment failed (cdk ended with 1)') });
    expect(await place.run('install', ['--yes'])).toMatchObject({ code: 0 });
  });

  it('lets one of two at once through', async () => {
    const before = (await place.deployments()).length;
    const outcomes = await Promise.all([place.run('install', ['--yes']), place.run('install', ['--yes'])]);

    expect(outcomes.map(({ code }) => code).sort()).toEqual([0, 5]);
    expect(outcomes.find(({ code }) => code === 5)?.complained).toMatch(/another command changes this installation: install, since .*; if it died, delete the parameter \/platform\/install\/lock/);
    expect((await place.deployments()).length).toBe(before + 2);
  });

  it('does not break the lock of another', async () => {
    await createParameter(place.aws, '/platform/install/lock', JSON.stringify({ id: 'x', command: 'uninstall', since: '2020-01-01T00:00:00Z' }));
    expect((await place.run('install', ['--yes'])).complained).toContain('another command changes this installation: uninstall, since 2020-01-01');
    expect(await readParameter(place.aws, '/platform/install/lock')).toContain('uninstall');
    await deleteParameter(place.aws, '/platform/install/lock');
  });

  it('asks once more before it stops a region that serves', async () => {
    const config = { disable_services: true };
    const before = (await place.deployments()).length;
    expect(await place.run('install', [], { config, answers: ['yes', 'y'] })).toMatchObject({ code: 4, asked: { length: 2 } });
    expect((await place.deployments()).length).toBe(before);
    expect(await place.run('install', [], { config, answers: ['yes', 'yes'] })).toMatchObject({ code: 0, asked: { length: 2 } });
  });

  it('says that services which were stopped still are', async () => {
    await writeParameter(place.aws, '/platform/mode', 'off');
    expect((await place.run('install', ['--yes'])).said).toMatch(/the services are stopped; start them by bin\/start-stop-services -e true -c .*config.json$/);
    await writeParameter(place.aws, '/platform/mode', 'on');
    expect((await place.run('install', ['--yes'])).said).not.toContain('stopped');
  });

  it('does not go back to an older version', async () => {
    await writeParameter(place.aws, '/platform/install/version', '6.1.0');
    expect(await place.run('doctor')).toMatchObject({ code: 5, said: expect.stringContaining('FAILED  version: 6.1.0 is installed, and 6.0.0 is older') });
    await writeParameter(place.aws, '/platform/install/version', '6.0.0');
  });

  it('does not rename an account that the file merely names otherwise, and changes nothing then', async () => {
    const deployed = (await place.deployments()).length;

    const outcome = await place.run('install', ['--yes'], { config: { account_name: 'acme-two' } });

    expect(outcome).toMatchObject({ code: 2, said: '', complained: expect.stringContaining('account_name: the installed account is acme, and the file names acme-two; --rename-account') });
    expect((await place.deployments()).length).toBe(deployed);
    expect(await readParameter(place.aws, '/platform/install/account-name')).toBe('acme');
  });

  it('renames it when told to, once what runs knows the new name, and goes on with one that was interrupted', async () => {
    const config = { account_name: 'acme-two' };
    const asked = () => place.operations.asked.splice(0).filter((each) => each.do === 'rename-account').length;
    asked();
    expect(await place.run('install', ['--yes', '--rename-account'], { config, failOn: 'all' })).toMatchObject({ code: 1 });
    expect([asked(), await readParameter(place.aws, '/platform/install/account-name')]).toEqual([0, 'acme']);
    expect((await place.run('install', ['--yes'], { config })).code).toBe(2);

    const outcome = await place.run('install', ['--yes', '--rename-account'], { config });

    expect(outcome).toMatchObject({ code: 0, complained: expect.stringMatching(/the account acme will be renamed to acme-two\n.*TF_VAR_spacelift_account_name/) });
    expect(outcome.said).toContain('account renamed from acme to acme-two');
    expect([asked(), await readParameter(place.aws, '/platform/install/account-name')]).toEqual([1, 'acme-two']);
    expect(await place.run('install', ['--yes', '--rename-account'], { config })).toMatchObject({ code: 0, complained: '' });
    expect(asked()).toBe(0);
    await writeParameter(place.aws, '/platform/install/account-name', 'acme');
  });

  it('knows the name of an account that the CDK alone deployed by its functions', async () => {
    await deleteParameter(place.aws, '/platform/install/account-name');
    const intercept: Intercept = (call, next) =>
      call.path.endsWith('/functions/platform-ops/configuration')
        ? Promise.resolve(jsonAnswer(200, { FunctionName: 'platform-ops', Environment: { Variables: { ACCOUNT_NAME: 'older' } } }))
        : next(call);
    const proxy = await awsProxy({ upstream: place.url, intercept });
    try {
      const outcome = await place.run('install', ['--yes'], { context: { aws: (region) => awsClients(region, { endpoint: proxy.url }) } });
      expect(outcome).toMatchObject({ code: 2, complained: expect.stringContaining('the installed account is older, and the file names acme') });
    } finally {
      await proxy.close();
    }
  });

  it('is checked by doctor alone, for people and for programs', async () => {
    const deployed = (await place.deployments()).length;
    expect(await place.run('doctor')).toMatchObject({ code: 0, said: expect.stringMatching(/ok {6}certificate: issued, covers windlass.example.com/) });
    const { said } = await place.run('doctor', ['--json']);
    expect(JSON.parse(said.slice(said.indexOf('['))) as unknown).toContainEqual({ check: 'bootstrap', level: 'ok', text: 'version 28' });
    expect((await place.deployments()).length).toBe(deployed);
  });
});
