import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { graphqlRoutes } from '../../../lib/edge/graphql/http.ts';
import { objectRoutes } from '../../../lib/edge/http/objects.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { inProcess } from '../../support/clients/in-process.ts';
import { spacectl } from '../../support/clients/spacectl.ts';
import { graphqlApi, type GraphqlCaller } from '../../support/graphql.ts';
import { insertTestRun, reload } from '../../support/run-builders.ts';
import { anAccount, aStack } from '../../support/stack-builders.ts';

const PREAMBLE = ['key exchange', 'version', 'key exchange'];

describe('the public command line, without a worker', () => {
  let app: TestApp;
  let admin: GraphqlCaller;
  let cli: ReturnType<typeof spacectl>;
  before(async () => {
    app = await testApp();
    await anAccount(app);
    const transport = inProcess([...graphqlRoutes(app.ports), ...objectRoutes(app.ports, app.urls)]);
    const signedIn = await graphqlApi(app, transport).admin();
    admin = signedIn;
    cli = spacectl({ endpoint: app.ports.settings.baseUrl, apiKey: signedIn.apiKey, transport });
    await aStack(app, { id: 'network' });
  });
  after(() => app.close());

  const asked = (outcome: { readonly sent: readonly { readonly operation: string }[] }) => outcome.sent.map(({ operation }) => operation);

  it('exchanges its key twice at every start, without telling who it is', async () => {
    const outcome = await cli.whoami();

    expect(asked(outcome)).toEqual([...PREAMBLE, 'whoami']);
    expect(outcome.result).toEqual({ id: expect.stringMatching(/^api::/), name: 'test' });
    const [exchange, , , whoami] = outcome.sent;
    expect(exchange?.headers).toEqual({ 'content-type': 'application/json' });
    expect(whoami?.headers).toMatchObject({ authorization: expect.stringMatching(/^Bearer /), 'spacelift-client-type': 'spacectl', 'spacelift-client-os': 'linux' });
  });

  it('is told that it is not logged in, in words that it understands', async () => {
    const wrong = spacectl({ endpoint: app.ports.settings.baseUrl, apiKey: { id: 'nobody', secret: 'wrong' }, transport: inProcess(graphqlRoutes(app.ports)) });

    await expect(wrong.whoami()).rejects.toThrow('you are not logged in: unauthorized');
  });

  it('lists stacks fifty at a time, then asks who it is', async () => {
    for (let n = 0; n < 60; n++) await aStack(app, { id: `listed-${n}` });

    const outcome = await cli.stackList();

    expect(asked(outcome)).toEqual([...PREAMBLE, 'stack list', 'stack list', 'whoami']);
    expect(outcome.sent[3]?.headers).toMatchObject({ 'spacelift-graphql-query': 'StacksPage' });
    expect(new Set(outcome.result.map(({ id }) => id)).size).toBe(61);
  });

  it('shows a stack, and says so when there is none', async () => {
    const outcome = await cli.stackShow('network');

    expect(asked(outcome)).toEqual([...PREAMBLE, 'stack by id, short', 'stack show']);
    expect(outcome.result).toMatchObject({ id: 'network', attachedPolicies: [], moduleVersionsUsed: [], vendorConfig: { __typename: 'StackConfigVendorTerraform', terraformWorkflowTool: 'TERRAFORM_FOSS' } });
    await expect(cli.stackShow('nothing')).rejects.toThrow('stack with id "nothing" could not be found');
  });

  it('locks and unlocks with an empty note', async () => {
    await cli.stackLock('network');
    expect((await admin.get('{ stack(id: "network") { lockedBy lockNote } }')).stack).toEqual({ lockedBy: expect.stringMatching(/^api::/), lockNote: null });

    await cli.stackUnlock('network');
    expect((await admin.get('{ stack(id: "network") { lockedBy } }')).stack).toEqual({ lockedBy: null });
  });

  it('keeps the environment: variables, secrets, files', async () => {
    await cli.environmentSetvar('network', 'REGION', 'eu-west-1');
    await cli.environmentSetvar('network', 'TOKEN', 's3cret', true);
    await cli.environmentMount('network', 'keys/id.pub', Buffer.from('ssh-ed25519 AAAA'));

    const { runtimeConfig } = await cli.environmentList('network');
    const own = runtimeConfig.filter(({ element }) => !element.runtime);
    expect(own.map(({ element }) => [element.id, element.value, element.writeOnly])).toEqual([['REGION', 'eu-west-1', false], ['TOKEN', null, true], ['keys/id.pub', Buffer.from('ssh-ed25519 AAAA').toString('base64'), false]]);

    await cli.environmentDelete('network', 'REGION');
    expect((await cli.environmentList('network')).runtimeConfig.map(({ element }) => element.id)).not.toContain('REGION');
    await expect(cli.environmentDelete('network', 'REGION')).rejects.toThrow('not found');
    await expect(cli.environmentMount('network', '../etc/passwd', Buffer.from('x'))).rejects.toThrow('contains ".."');
  });

  it('starts a run, and lists tracked runs and previews', async () => {
    const { result, sent } = await cli.stackDeploy('network');

    expect(sent.at(-1)).toMatchObject({ operation: 'run trigger, no force', variables: { stack: 'network', sha: null, type: 'TRACKED', runtimeConfig: null } });
    expect((await cli.runList('network')).map(({ id }) => id)).toEqual([result.runId]);
    expect(await cli.runList('network', { preview: true })).toEqual([]);
    await cli.stackDiscard('network', result.runId);
  });

  it('follows a run that waits for a person, and confirms it when told to', async () => {
    const stack = await aStack(app, { id: 'followed' });
    const run = await insertTestRun(app, stack, { state: 'UNCONFIRMED' });
    const following = cli.stackLogs('followed', run.id);

    await cli.stackConfirm('followed', run.id);
    await expect(cli.stackConfirm('followed', run.id)).rejects.toThrow('a run in state CONFIRMED cannot confirm');
    await cli.stackDiscard('followed', run.id);

    const outcome = await following;
    expect(outcome.result).toBe('DISCARDED');
    expect(outcome.output).toContain('CONFIRMED');
    expect(asked(outcome).slice(3, 5)).toEqual(['stack by id, short', 'run history']);
    // Held answers leave nothing to ask for in between: one question per state, and the first two.
    expect(asked(outcome).filter((name) => name === 'run history').length).toBeLessThanOrEqual(6);
  });

  it('uploads a workspace to the address it is given', async () => {
    await aStack(app, { id: 'previewed', localPreviewEnabled: true });

    const { result, sent } = await cli.stackLocalPreview('previewed', Buffer.from('a tar.gz'), { tail: false, environment: { A: 'b' } });

    expect(sent.map(({ operation }) => operation)).toEqual([...PREAMBLE, 'stack by id', 'workspace upload', 'local preview']);
    expect(await reload(app, { id: result.runId })).toMatchObject({ type: 'PROPOSED', environmentOverrides: [{ key: 'A', value: 'b' }] });
    await expect(cli.stackLocalPreview('network', Buffer.from('x'))).rejects.toThrow('local preview has not been enabled for this stack: network');
  });

  it('pulls the state only where that is allowed', async () => {
    await expect(cli.statePull('network')).rejects.toThrow('external state access is off');
  });
});
