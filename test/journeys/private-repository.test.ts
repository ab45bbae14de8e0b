// A repository on a host that asks who reads it, and that an authority of the company's own vouches for.
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { expect } from 'expect';
import { MAIN_TF } from '../../lib/demo/infrastructure.ts';
import { seenIn, seenInFiles } from '../support/canary.ts';
import { startCloudPlatform, type CloudPlatform } from '../support/cloud-platform.ts';
import { gitServer, testRepository, type GitServer, type TestRepository } from '../support/git.ts';
import { needsMoto, needsNamespaces, needsPostgres, needsTerraform } from '../support/requirements.ts';
import { serverCertificate } from '../support/server-certificate.ts';

const SECRET = { username: 'robot', password: 'gIt-pa55word/Qw9+' };

describe('a private repository (cloud)', { ...needsTerraform, ...needsMoto, ...needsPostgres, ...needsNamespaces }, () => {
  let platform: CloudPlatform;
  let host: GitServer;
  let repository: TestRepository;
  let commit: string;

  before(async () => {
    const tls = await serverCertificate('127.0.0.1');
    host = await gitServer({ credentials: SECRET, tls });
    repository = await testRepository({ name: 'private', allowAnyCommit: true });
    commit = await repository.commit({ 'main.tf': MAIN_TF });
    // Functions have it in a layer; workers are told when they register.
    const changes = { tls_config: { ca_certificates: [Buffer.from(tls.cert).toString('base64')] } };
    platform = await startCloudPlatform({}, { changes });
  });
  after(async () => {
    await platform.stop();
    await host.close();
    await repository.remove();
  });

  const install = ({ cloud }: CloudPlatform, credentials: object) =>
    cloud.clients.secrets.send(new PutSecretValueCommand({ SecretId: `${cloud.config.prefix}/git`, SecretString: JSON.stringify(credentials) }));
  const makeStack = (name: string) => platform.stack(name, { 'main.tf': MAIN_TF }, { repositoryURL: host.url(repository) });

  it('is planned and applied with the credentials of the secret, which only git is told', async () => {
    await install(platform, { [new URL(host.url(repository)).origin]: SECRET });
    const stack = await makeStack('private');

    const planned = await stack.follow(await stack.trigger());
    expect(planned.state).toBe('UNCONFIRMED');
    const { run } = await stack.query<{ run: { commit: { hash: string } } }>(`run(id: "${planned.id}") { commit { hash } }`);
    expect(run.commit.hash).toBe(commit);
    await stack.confirm(planned.id);
    const applied = await stack.follow(planned.id, planned.stateVersion);

    expect(applied.state).toBe('FINISHED');
    // The function that made the stack, and the worker's clone.
    expect(host.requests.filter(({ authorized }) => authorized).length).toBeGreaterThanOrEqual(3);
    expect(seenIn([...planned.lines, ...applied.lines].join('\n'), { git: SECRET.password })).toEqual([]);
    expect(await seenInFiles(join(platform.cloud.folder, 'logs'), { git: SECRET.password })).toEqual([]);
  });

  it('that moves on is followed: a push is planned', async () => {
    const stack = await makeStack('moving');
    const pushed = await repository.commit({ 'main.tf': `# changed\n${MAIN_TF}` });
    const { gitHookUrl } = await stack.query<{ gitHookUrl: string }>('gitHookUrl');
    expect((await fetch(gitHookUrl, { method: 'POST' })).status).toBeLessThan(300);

    expect((await stack.runOf(pushed)).state).toBe('UNCONFIRMED');
  });

  it('is not read with other credentials, nor without, from five minutes after the change on; the message says whose entry is wrong', async () => {
    await install(platform, { [new URL(host.url(repository)).origin]: { ...SECRET, password: 'wr0ng-password' } });
    await platform.cloud.advance(5 * 60_000 + 1000);
    const refused = String(await makeStack('refused').catch((error: unknown) => error));
    expect(refused).toContain(`repository ${host.url(repository)} refused the credentials of the secret platform/git: correct the entry for it`);
    expect(seenIn(refused, { wrong: 'wr0ng-password' })).toEqual([]);

    await install(platform, {});
    await platform.cloud.advance(5 * 60_000 + 1000);
    await expect(makeStack('without')).rejects.toThrow(
      `repository ${host.url(repository)} asks for credentials, and no entry of the secret platform/git matches: add a URL prefix of it`,
    );
  });
});
