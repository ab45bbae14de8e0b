import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { gitHookRoutes } from '../../../lib/edge/http/git-hook.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { senderTo, type Send } from '../../support/edge-requests.ts';
import { aStack } from '../../support/stack-builders.ts';

describe('the git hook', () => {
  let app: TestApp;
  let send: Send;
  let stack: Stack;

  before(async () => {
    app = await testApp();
    send = senderTo(gitHookRoutes(app.ports), app);
    stack = await aStack(app);
  });
  after(() => app.close());

  it('answers 202 and asks for a look at the repository', async () => {
    const answer = await send('POST', `/webhooks/git/${stack.gitHookToken}`, { body: '{"ref":"refs/heads/other"}' });

    expect(answer.status).toBe(202);
    expect(await app.queued()).toEqual([
      expect.objectContaining({
        name: 'repository.changed',
        queue: 'webhooks',
        body: { url: stack.repositoryUrl, cause: { kind: 'hook', at: app.clock.now().toISOString(), subject: 'network' } },
      }),
    ]);
  });

  it('does not wait for the body', async () => {
    const endless = (async function* () {
      await new Promise(() => {});
      yield Buffer.alloc(0);
    })();

    expect((await send('POST', `/webhooks/git/${stack.gitHookToken}`, { body: endless })).status).toBe(202);
  });

  it('refuses a body that says it is larger than 25 MB', async () => {
    expect((await send('POST', `/webhooks/git/${stack.gitHookToken}`, { headers: { 'content-length': String(25 * 1024 * 1024 + 1) } })).status).toBe(
      413,
    );
  });

  it('answers 404 to an unknown token, 405 to another method, and asks for nothing', async () => {
    const before = (await app.queued()).length;

    expect((await send('POST', '/webhooks/git/unknown')).status).toBe(404);
    expect((await send('POST', '/webhooks/git/')).status).toBe(404);
    expect((await send('GET', `/webhooks/git/${stack.gitHookToken}`)).status).toBe(405);
    expect((await app.queued()).length).toBe(before);
  });
});
