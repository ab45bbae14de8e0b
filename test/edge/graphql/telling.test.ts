import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import { logInAdministrator } from '../../../lib/core/accounts/actions/log-in-administrator.ts';
import { raiseInternalError } from '../../../lib/core/shared/internal-error-store.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { graphqlApi, type GraphqlApi, type GraphqlCaller } from '../../support/graphql.ts';
import { aReceiver, type Receiver } from '../../support/receiver.ts';
import { anAccount, aStack } from '../../support/stack-builders.ts';

const NAMED = 'id name enabled endpoint labels retryOnFailure secret secretHeaders space { id name } deliveries { id event status statusCode request { body headers { entries { key value } } } response { status body } }';

describe('webhooks, audit trail and inbox over the API', () => {
  let app: TestApp;
  let api: GraphqlApi;
  let admin: GraphqlCaller;
  let receiver: Receiver;

  before(async () => {
    app = await testApp();
    await anAccount(app);
    await aStack(app, { id: 'network' });
    api = graphqlApi(app);
    admin = await api.admin();
  });
  after(() => app.close());
  beforeEach(async () => {
    for (const table of ['webhooks', 'messages', 'notifications', 'audit'] as const) await app.ports.db.sql.deleteFrom(table).execute();
    await receiver?.close();
    receiver = await aReceiver();
  });
  after(() => receiver.close());

  const named = (changes: object = {}) => ({ name: 'Chat', enabled: true, endpoint: receiver.url, labels: ['runs'], secret: 's3cr3t', space: 'root', retryOnFailure: true, ...changes });

  it('make, change, find and remove a named webhook as the Terraform provider does', async () => {
    const made = await admin.get('mutation ($input: NamedWebhooksIntegrationInput!) { namedWebhooksIntegrationCreate(input: $input) { id enabled } }', { input: named() });
    expect(made.namedWebhooksIntegrationCreate).toEqual({ id: 'chat', enabled: true });
    await admin.get('mutation ($id: ID!, $input: NamedWebhookHeaderInput!) { namedWebhooksIntegrationSetHeaders(id: $id, input: $input) { id } }', { id: 'chat', input: { entries: [{ key: 'X-Token', value: 'canary' }] } });
    const { namedWebhooksIntegration } = await admin.get(`query ($id: ID!) { namedWebhooksIntegration(id: $id) { ${NAMED} } }`, { id: 'chat' });
    expect(namedWebhooksIntegration).toEqual({
      id: 'chat', name: 'Chat', enabled: true, endpoint: receiver.url, labels: ['runs'], retryOnFailure: true, secret: '', secretHeaders: ['X-Token'], space: { id: 'root', name: 'root' }, deliveries: [],
    });
    const updated = await admin.get(`mutation ($id: ID!, $input: NamedWebhooksIntegrationInput!) { namedWebhooksIntegrationUpdate(id: $id, input: $input) { ${NAMED} } }`, { id: 'chat', input: named({ secret: null, labels: [] }) });
    expect(updated.namedWebhooksIntegrationUpdate).toMatchObject({ labels: [], secretHeaders: ['X-Token'] });
    const found = await admin.get('{ searchNamedWebhooksIntegrations(input: { predicates: [{ field: "enabled", constraint: { booleanEquals: [true] } }] }) { edges { node { id } } pageInfo { hasNextPage } } }');
    expect(found.searchNamedWebhooksIntegrations).toEqual({ edges: [{ node: { id: 'chat' } }], pageInfo: { hasNextPage: false } });
    await admin.get('mutation { namedWebhooksIntegrationDeleteHeaders(id: "chat", headerKeys: ["X-Token"]) { secretHeaders } }');
    await admin.get('mutation { namedWebhooksIntegrationDelete(id: "chat") { id } }');
    expect(await admin.get('{ namedWebhooksIntegration(id: "chat") { id } }')).toEqual({ namedWebhooksIntegration: null });
  });

  it('test a webhook, list its deliveries and send one again', async () => {
    await admin.get('mutation ($input: NamedWebhooksIntegrationInput!) { namedWebhooksIntegrationCreate(input: $input) { id } }', { input: named() });
    const { webhookTest } = await admin.get('mutation { webhookTest(id: "chat") { id status statusCode error } }');
    expect(webhookTest).toMatchObject({ status: 'DELIVERED', statusCode: 200, error: null });
    expect(await admin.get('mutation ($id: ID!) { webhookRedeliver(delivery: $id) }', { id: webhookTest.id })).toEqual({ webhookRedeliver: true });
    await app.drain();
    const { namedWebhooksIntegration } = await admin.get(`{ namedWebhooksIntegration(id: "chat") { ${NAMED} } }`);
    expect(namedWebhooksIntegration.deliveries).toMatchObject([{ event: 'test', status: 'DELIVERED', response: { status: 200, body: 'answer 200' } }, { id: webhookTest.id, status: 'DELIVERED' }]);
    expect(receiver.received.length).toBe(2);
  });

  it('keep webhooks of a stack with the stack', async () => {
    const input = { enabled: true, endpoint: receiver.url, secret: 'shared', retryOnFailure: false };
    const { webhooksIntegrationCreate } = await admin.get('mutation ($stack: ID!, $input: WebhooksIntegrationInput!) { webhooksIntegrationCreate(stack: $stack, input: $input) { id enabled deleted } }', { stack: 'network', input });
    const { id } = webhooksIntegrationCreate;
    const read = async () => (await admin.get('{ stack(id: "network") { notificationCount integrations { aws { activated } webhooks { id enabled endpoint secret retryOnFailure deleted } } } }')).stack;
    expect(await read()).toMatchObject({ notificationCount: 0, integrations: { aws: { activated: false }, webhooks: [{ id, ...input, deleted: false }] } });
    await admin.get('mutation ($id: ID!, $input: WebhooksIntegrationInput!) { webhooksIntegrationUpdate(stack: "network", id: $id, input: $input) { id } }', { id, input: { ...input, enabled: false } });
    expect((await read()).integrations.webhooks).toMatchObject([{ enabled: false }]);
    expect((await admin.get('mutation ($id: ID!) { webhooksIntegrationDelete(stack: "network", id: $id) { id deleted } }', { id })).webhooksIntegrationDelete).toEqual({ id, deleted: true });
    expect((await read()).integrations.webhooks).toEqual([]);
  });

  it('send the audit trail, with the mutation, its arguments without secrets, and who called from where', async () => {
    const set = await admin.get('mutation ($input: AuditTrailWebhookInput!) { auditTrailSetWebhook(input: $input) { enabled endpoint includeRuns secret retryOnFailure } }', {
      input: { enabled: true, endpoint: receiver.url, includeRuns: false, secret: 'canary-audit', retryOnFailure: true, customHeaders: { entries: [{ key: 'X-Team', value: 'canary-header' }] } },
    });
    expect(set.auditTrailSetWebhook).toEqual({ enabled: true, endpoint: receiver.url, includeRuns: false, secret: '', retryOnFailure: true });
    await admin.get('mutation ($input: NamedWebhooksIntegrationInput!) { namedWebhooksIntegrationCreate(input: $input) { id } }', { input: named({ secret: 'canary-named' }) });
    await app.drain();
    const [first, second] = receiver.bodies();
    expect(first).toMatchObject({ action: 'audit_trail_webhook.set', context: { mutation: 'auditTrailSetWebhook' } });
    expect(second).toMatchObject({
      account: 'acme', action: 'named_webhooks_integration.create', actor: expect.stringMatching(/^api::/), context: { mutation: 'namedWebhooksIntegrationCreate' },
      data: { ID: 'chat', args: { Input: { Name: 'Chat', Space: 'root', SecretSHA: expect.stringMatching(/^[0-9a-f]{64}$/) } } }, remoteIP: expect.any(String), timestamp: app.clock.now().getTime(),
    });
    expect(JSON.stringify(receiver.bodies())).not.toContain('canary');
    expect(receiver.received[1]?.headers).toMatchObject({ 'x-team': 'canary-header' });
    expect((await admin.get('mutation { auditTrailWebhookSetHeaders(input: { entries: [{ key: "X-B", value: "2" }] }) { enabled } }')).auditTrailWebhookSetHeaders).toEqual({ enabled: true });
    expect((await admin.get('mutation { auditTrailWebhookDeleteHeaders(input: { keys: ["X-B"] }) { enabled } }')).auditTrailWebhookDeleteHeaders).toEqual({ enabled: true });
    expect((await admin.get('{ auditTrailWebhook { enabled deliveries { status } } }')).auditTrailWebhook).toMatchObject({ enabled: true, deliveries: [{ status: 'DELIVERED' }, { status: 'DELIVERED' }, { status: 'DELIVERED' }, { status: 'DELIVERED' }] });
    expect((await admin.get('mutation { auditTrailDeleteWebhook { endpoint } }')).auditTrailDeleteWebhook).toEqual({ endpoint: receiver.url });
    expect(await admin.get('{ auditTrailWebhook { endpoint } }')).toEqual({ auditTrailWebhook: null });
  });

  it('search the audit trail as the command line does', async () => {
    await admin.get('mutation { contextCreateV2(input: { name: "Net" }) { id } }');
    await admin.get('mutation { contextConfigAdd(context: "net", config: { id: "TOKEN", type: ENVIRONMENT_VARIABLE, value: "canary-value", writeOnly: true }) { id } }');
    const { searchAuditTrailEntries } = await admin.get(
      `query ($input: SearchInput!) { searchAuditTrailEntries(input: $input) {
        edges { node { id action actor { run { id stackId } username } affectedResource { resourceId resourceType } body eventType relatedResource { resourceId resourceType } createdAt updatedAt } }
        pageInfo { endCursor hasNextPage hasPreviousPage } } }`,
      { input: { first: 10, orderBy: { field: 'createdAt', direction: 'DESC' } } },
    );
    const [config, context] = searchAuditTrailEntries.edges.map(({ node }: { readonly node: unknown }) => node);
    expect(context).toMatchObject({ action: 'context.create', eventType: 'contextCreateV2', actor: { run: null, username: expect.stringMatching(/^api::/) }, affectedResource: { resourceId: 'net', resourceType: 'CONTEXT' } });
    expect(JSON.parse(context.body)).toEqual({ ID: 'net', args: { Input: { Name: 'Net' } } });
    expect(config.eventType).toBe('contextConfigAdd');
    expect(JSON.stringify(searchAuditTrailEntries)).not.toContain('canary');
    expect(searchAuditTrailEntries.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
  });

  it('keep failed sign-ins in the audit trail', async () => {
    await expect(logInAdministrator(app.ports, { username: 'nobody', password: 'canary-password', remoteIp: '10.1.1.1' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    const { searchAuditTrailEntries } = await admin.get('{ searchAuditTrailEntries(input: { predicates: [{ field: "eventType", constraint: { enumEquals: ["login_failed"] } }] }) { edges { node { action body affectedResource { resourceType resourceId } } } } }');
    expect(searchAuditTrailEntries.edges).toMatchObject([{ node: { action: 'login.failed', affectedResource: { resourceType: 'LOGIN', resourceId: 'nobody' } } }]);
    expect(JSON.stringify(searchAuditTrailEntries)).not.toContain('canary');
  });

  it('keep refused mutations in the audit trail', async () => {
    const { apiKeyCreate } = await admin.get('mutation { apiKeyCreate(input: { name: "weak", admin: false, teams: [] }) { id secret } }');
    const { apiKeyUser } = await api.get('mutation ($id: ID!, $secret: String!) { apiKeyUser(id: $id, secret: $secret) { jwt } }', { id: apiKeyCreate.id, secret: apiKeyCreate.secret });
    const { errors } = await api.as(apiKeyUser.jwt).ask('mutation { auditTrailDeleteWebhook { endpoint } }');
    expect(errors).toMatchObject([{ message: 'only a root administrator can do this' }]);
    const rows = await app.ports.db.sql.selectFrom('audit').select(['action', 'mutation', 'actor']).where('action', '=', 'call.denied').execute();
    expect(rows).toEqual([{ action: 'call.denied', mutation: 'auditTrailDeleteWebhook', actor: `api::${apiKeyCreate.id}` }]);
  });

  it('read and dismiss the inbox', async () => {
    await raiseInternalError(app.ports.db.sql, app.ports, { title: 'Broken', error: 'it broke', message: 'because', severity: 'WARNING', spaceId: 'root', stackId: 'network' });
    await app.drain();
    const { inbox, stack } = await admin.get('{ inbox(first: 5) { edges { id title body severity space stack run policy times createdAt lastAt readAt } endCursor } stack(id: "network") { notificationCount } }');
    expect(inbox).toMatchObject({ edges: [{ title: 'Broken', body: 'because', severity: 'WARNING', space: 'root', stack: 'network', times: 1, readAt: null }], endCursor: null });
    expect(stack.notificationCount).toBe(1);
    const ids = [inbox.edges[0].id];
    expect(await admin.get('mutation ($ids: [ID!]!) { inboxRead(ids: $ids) }', { ids })).toEqual({ inboxRead: 1 });
    expect((await admin.get('{ inbox(unread: true) { edges { id } } }')).inbox.edges).toEqual([]);
    expect(await admin.get('mutation ($ids: [ID!]!) { inboxDismiss(ids: $ids) }', { ids })).toEqual({ inboxDismiss: 1 });
    expect(await admin.get('{ undeliveredNotices { kind notice reason } }')).toEqual({ undeliveredNotices: [] });
  });
});
