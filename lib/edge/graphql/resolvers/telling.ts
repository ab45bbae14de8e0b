import { deleteAuditHeaders, deleteAuditWebhook, readAuditWebhook, setAuditHeaders, setAuditWebhook } from '../../../core/audit/actions/manage-audit-webhook.ts';
import { searchAuditTrail } from '../../../core/audit/actions/search-audit-trail.ts';
import { actingRun, entryData, eventTypeOf } from '../../../core/audit/audit-entry.ts';
import { dismissNotifications, readInbox, readNotifications, readUndelivered } from '../../../core/notifications/actions/read-inbox.ts';
import { ROOT_SPACE } from '../../../core/spaces/space.ts';
import { createNamedWebhook, deleteNamedWebhook, deleteWebhookHeaders, setWebhookHeaders, updateNamedWebhook } from '../../../core/webhooks/actions/manage-named-webhook.ts';
import { createStackWebhook, deleteStackWebhook, updateStackWebhook } from '../../../core/webhooks/actions/manage-stack-webhook.ts';
import { deliveryContents, listDeliveries, redeliver } from '../../../core/webhooks/actions/read-deliveries.ts';
import { listVisibleWebhooks, readNamedWebhook } from '../../../core/webhooks/actions/read-webhook.ts';
import { testWebhook } from '../../../core/webhooks/actions/test-webhook.ts';
import type { Webhook } from '../../../core/webhooks/webhook.ts';
import type {
  AuditTrailEntryResolvers, AuditTrailWebhookResolvers, InboxEntryResolvers, MutationResolvers, NamedWebhooksIntegrationResolvers, QueryResolvers, StackIntegrationsResolvers, UndeliveredNoticeResolvers,
  WebhookDeliveryResolvers, WebhooksIntegrationResolvers,
} from '../resolver-types.ts';
import { searchIn, type Searchable } from '../search.ts';
import { resourceTypeOf } from './audit-resources.ts';
import { toConnection } from './pages.ts';
import { seconds, secondsOrNull } from './values.ts';

type Queries = 'namedWebhooksIntegration' | 'searchNamedWebhooksIntegrations' | 'auditTrailWebhook' | 'searchAuditTrailEntries' | 'inbox' | 'undeliveredNotices';
type Mutations =
  | 'webhooksIntegrationCreate' | 'webhooksIntegrationUpdate' | 'webhooksIntegrationDelete'
  | 'namedWebhooksIntegrationCreate' | 'namedWebhooksIntegrationUpdate' | 'namedWebhooksIntegrationDelete' | 'namedWebhooksIntegrationSetHeaders' | 'namedWebhooksIntegrationDeleteHeaders'
  | 'auditTrailSetWebhook' | 'auditTrailDeleteWebhook' | 'auditTrailWebhookSetHeaders' | 'auditTrailWebhookDeleteHeaders'
  | 'webhookRedeliver' | 'webhookTest' | 'inboxRead' | 'inboxDismiss';

const SEARCH: Searchable<Webhook> = {
  id: (webhook) => webhook.id,
  text: (webhook) => [webhook.name, webhook.id, ...webhook.labels],
  fields: {
    id: (webhook) => webhook.id,
    name: (webhook) => webhook.name,
    enabled: (webhook) => webhook.enabled,
    label: (webhook) => webhook.labels,
    labels: (webhook) => webhook.labels,
    space: (webhook) => webhook.spaceId,
    createdAt: (webhook) => seconds(webhook.createdAt),
  },
  order: { field: 'name', direction: 'ASC' },
};

export const Query: Pick<QueryResolvers, Queries> = {
  namedWebhooksIntegration: async (_, { id }, { ports, actor }) => (await readNamedWebhook(ports, actor, id)) ?? null,
  searchNamedWebhooksIntegrations: async (_, { input }, { ports, actor }) => searchIn(await listVisibleWebhooks(ports, actor), input, SEARCH),
  auditTrailWebhook: async (_, __, { ports, actor }) => (await readAuditWebhook(ports, actor)) ?? null,
  searchAuditTrailEntries: async (_, { input }, { ports, actor }) => toConnection(await searchAuditTrail(ports, actor, input)),
  inbox: async (_, page, { ports, actor }) => {
    const { items, hasNextPage, endCursor } = await readInbox(ports, actor, page);
    return { edges: [...items], endCursor: hasNextPage ? endCursor : null };
  },
  undeliveredNotices: async (_, page, { ports, actor }) => [...(await readUndelivered(ports, actor, page))],
};

export const Mutation: Pick<MutationResolvers, Mutations> = {
  webhooksIntegrationCreate: (_, { stack, input }, { ports, actor }) => createStackWebhook(ports, actor, { ...input, stackId: stack }),
  webhooksIntegrationUpdate: (_, { stack, id, input }, { ports, actor }) => updateStackWebhook(ports, actor, { ...input, stackId: stack, id }),
  webhooksIntegrationDelete: async (_, { stack, id }, { ports, actor }) => ({ ...(await deleteStackWebhook(ports, actor, { stackId: stack, id })), deleted: true }),
  namedWebhooksIntegrationCreate: (_, { input }, { ports, actor }) => createNamedWebhook(ports, actor, input),
  namedWebhooksIntegrationUpdate: (_, { id, input }, { ports, actor }) => updateNamedWebhook(ports, actor, { ...input, id }),
  namedWebhooksIntegrationDelete: (_, { id }, { ports, actor }) => deleteNamedWebhook(ports, actor, { id }),
  namedWebhooksIntegrationSetHeaders: (_, { id, input }, { ports, actor }) => setWebhookHeaders(ports, actor, { id, entries: input.entries }),
  namedWebhooksIntegrationDeleteHeaders: (_, { id, headerKeys }, { ports, actor }) => deleteWebhookHeaders(ports, actor, { id, names: headerKeys }),
  auditTrailSetWebhook: (_, { input }, { ports, actor }) => setAuditWebhook(ports, actor, input),
  auditTrailDeleteWebhook: (_, __, { ports, actor }) => deleteAuditWebhook(ports, actor),
  auditTrailWebhookSetHeaders: (_, { input }, { ports, actor }) => setAuditHeaders(ports, actor, input),
  auditTrailWebhookDeleteHeaders: (_, { input }, { ports, actor }) => deleteAuditHeaders(ports, actor, { names: input.keys }),
  webhookRedeliver: async (_, { delivery }, { ports, actor }) => {
    await redeliver(ports, actor, { deliveryId: delivery });
    return true;
  },
  webhookTest: (_, { id }, { ports, actor }) => testWebhook(ports, actor, { id }),
  inboxRead: (_, { ids }, { ports, actor }) => readNotifications(ports, actor, { ids }),
  inboxDismiss: (_, { ids }, { ports, actor }) => dismissNotifications(ports, actor, { ids }),
};

export const WebhooksIntegration: WebhooksIntegrationResolvers = {
  deleted: (webhook) => webhook.deleted ?? false,
  deliveries: async (webhook, page, { ports, actor }) => [...(await listDeliveries(ports, actor, { webhookId: webhook.id, ...page }))],
};

export const NamedWebhooksIntegration: NamedWebhooksIntegrationResolvers = {
  name: (webhook) => webhook.name ?? webhook.id,
  createdAt: (webhook) => seconds(webhook.createdAt),
  secret: () => '',
  secretHeaders: (webhook) => [...webhook.headerNames],
  space: (webhook, _, { loaders }) => loaders.getSpace(webhook.spaceId ?? ROOT_SPACE),
  deliveries: async (webhook, page, { ports, actor }) => [...(await listDeliveries(ports, actor, { webhookId: webhook.id, ...page }))],
};

export const AuditTrailWebhook: AuditTrailWebhookResolvers = {
  secret: () => '',
  deliveries: async (webhook, page, { ports, actor }) => [...(await listDeliveries(ports, actor, { webhookId: webhook.id, ...page }))],
};

export const WebhookDelivery: WebhookDeliveryResolvers = {
  run: (delivery) => delivery.runId,
  createdAt: (delivery) => seconds(delivery.createdAt),
  finishedAt: (delivery) => secondsOrNull(delivery.finishedAt),
  request: async ({ id }, _, { ports }) => {
    const { request } = await deliveryContents(ports, id);
    return request && { body: request.body, headers: { entries: Object.entries(request.headers).map(([key, value]) => ({ key, value })) } };
  },
  response: async ({ id }, _, { ports }) => (await deliveryContents(ports, id)).response,
};

export const AuditTrailEntry: AuditTrailEntryResolvers = {
  actor: ({ actor }) => ({ username: actor, run: actingRun(actor) ?? null }),
  affectedResource: ({ resourceType, resourceId }) => ({ resourceType: resourceTypeOf(resourceType), resourceId }),
  relatedResource: ({ relatedType, relatedId }) => (relatedType === null ? null : { resourceType: resourceTypeOf(relatedType), resourceId: relatedId }),
  body: (entry) => JSON.stringify(entryData(entry)),
  eventType: eventTypeOf,
  createdAt: ({ createdAt }) => seconds(createdAt),
  updatedAt: ({ createdAt }) => seconds(createdAt),
};

export const InboxEntry: InboxEntryResolvers = {
  space: (entry) => entry.spaceId,
  stack: (entry) => entry.stackId,
  run: (entry) => entry.runId,
  policy: (entry) => entry.policyId,
  createdAt: (entry) => seconds(entry.createdAt),
  lastAt: (entry) => seconds(entry.lastAt),
  readAt: (entry) => secondsOrNull(entry.readAt),
};

export const UndeliveredNotice: UndeliveredNoticeResolvers = {
  policy: (notice) => notice.policyId,
  run: (notice) => notice.runId,
  notice: ({ notice }) => JSON.stringify(notice),
  createdAt: (notice) => seconds(notice.createdAt),
};

export const StackIntegrations: StackIntegrationsResolvers = {
  webhooks: async ({ stackId }, _, { loaders }) => [...((await loaders.webhooksOfStack(stackId)) ?? [])],
};
