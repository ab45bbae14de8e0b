import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { accessLevels } from '../../../lib/core/stacks/actions/decide-access.ts';
import { lockStack } from '../../../lib/core/stacks/actions/lock-stack.ts';
import { readStack } from '../../../lib/core/stacks/actions/read-stack.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import { strangerActor, writerActor } from '../../support/actors.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { aPolicy, needsEngine } from '../../support/policy-builders.ts';
import { anAccount, aStack } from '../../support/stack-builders.ts';

describe('access policies', needsEngine, () => {
  let app: TestApp;
  let open: Stack, frozen: Stack, bare: Stack;
  before(async () => {
    app = await testApp();
    await anAccount(app);
    open = await aStack(app, { id: 'open', labels: ['shared'] });
    frozen = await aStack(app, { id: 'frozen', labels: ['shared', 'frozen'] });
    bare = await aStack(app, { id: 'bare' });
  });
  after(() => app.close());
  beforeEach(async () => void (await app.ports.db.sql.deleteFrom('policies').execute()));

  const levels = async (teams: readonly string[], machine = false) => [...(await accessLevels(app.ports, writerActor(['root'], { teams, machine }), [open, frozen, bare])).values()];

  it('give nothing where none is attached', async () => {
    expect(await levels(['db'])).toEqual(['NONE', 'NONE', 'NONE']);
  });

  it('give what all that are attached say together, of many stacks at once', async () => {
    await aPolicy(app, 'ACCESS', 'write { input.session.teams[_] == "db" }\nread { true }\ndeny_write { input.stack.labels[_] == "frozen" }', { v0: true, labels: ['autoattach:shared'] });
    expect(await levels(['db'])).toEqual(['WRITE', 'READ', 'NONE']);
    expect(await levels([])).toEqual(['READ', 'READ', 'NONE']);

    await aPolicy(app, 'ACCESS', 'deny if input.session.machine', { stack: open.id });
    expect(await levels(['db'], true)).toEqual(['NONE', 'READ', 'NONE']);
  });

  it('neither take away what roles give in a space, nor open it to those without one', async () => {
    await aPolicy(app, 'ACCESS', 'write if input.session.login == "stranger"\ndeny if input.session.login == "writer"', { stack: open.id });

    expect((await readStack(app.ports, writerActor(), open.id))?.id).toBe(open.id);
    expect((await lockStack(app.ports, writerActor(), { id: open.id })).id).toBe(open.id);
    expect(await readStack(app.ports, strangerActor(), open.id)).toBeUndefined();
    await expect(lockStack(app.ports, strangerActor(), { id: open.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
