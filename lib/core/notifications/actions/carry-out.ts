import type { Ports } from '../../ports/ports.ts';
import type { Run } from '../../runs/run.ts';
import { raiseInternalError } from '../../shared/internal-error-store.ts';
import type { Severity } from '../../shared/internal-error.ts';
import { sha256 } from '../../shared/text.ts';
import { createDelivery, MAX_BODY_BYTES, type CreateDeliveryNeeds } from '../../webhooks/actions/create-delivery.ts';
import { knownMethod, policyHeaders } from '../../webhooks/webhook-headers.ts';
import type { Webhook } from '../../webhooks/webhook.ts';
import { wantedLogs, withLogs } from '../log-placeholders.ts';
import { insertUndelivered, putNotification, type UndeliveredNotice } from '../notification-store.ts';
import { fittingText, type Notification } from '../notification.ts';
import type { Notice, NoticeRule } from '../notices.ts';
import { readPhaseLogs } from './read-phase-logs.ts';

export type CarryOutNeeds = CreateDeliveryNeeds & Pick<Ports, 'telemetry'>;

/** What the notices are about. */
export interface Occasion {
  /** Names the occasion, so that told twice it is one. */
  readonly id: string;
  readonly event: 'run_state' | 'internal_error';
  readonly spaceId: string;
  readonly stackId: string | null;
  readonly run: Run | null;
  /** What a webhook gets where the notice brings no payload. */
  readonly defaultBody: unknown;
  readonly webhooks: readonly Webhook[];
  /** An error in telling of an error is told to the inbox alone, or it would go round for ever. */
  readonly ofError: boolean;
}

const REASONS = { slack: 'no chat workspace is connected', pull_request: 'comments on pull requests need a connected version control host' } as const;
/** Room for what a payload holds beside the logs. */
const MAX_LOG_BYTES = MAX_BODY_BYTES - 128 * 1024;

/** Does what notification policies ask for: each distinct object once. */
export async function carryOut(ports: CarryOutNeeds, occasion: Occasion, notices: Readonly<Record<NoticeRule, readonly Notice[]>>): Promise<void> {
  for (const notice of notices.inbox) await putNotification(ports.db.sql, inboxEntry(ports, occasion, notice));
  for (const notice of notices.webhook) await toWebhook(ports, occasion, notice);
  const undelivered = (['slack', 'pull_request'] as const).flatMap((kind) =>
    notices[kind].map((notice): UndeliveredNotice => ({ id: ports.ids.ulid(), kind, policyId: notice.policyId, runId: occasion.run?.id ?? null, notice: notice.text.length > 16_384 ? {} : notice.value, reason: REASONS[kind], createdAt: ports.clock.now() })),
  );
  await insertUndelivered(ports.db.sql, undelivered);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function inboxEntry(ports: Pick<Ports, 'ids' | 'clock'>, occasion: Occasion, { policyId, value }: Notice): Notification {
  const now = ports.clock.now();
  const severity: Severity = value.severity === 'WARNING' || value.severity === 'ERROR' ? value.severity : 'INFO';
  return {
    id: ports.ids.ulid(), ...fittingText({ title: textOf(value.title) || 'Notification', body: textOf(value.body) }), severity, spaceId: occasion.spaceId, stackId: occasion.stackId, runId: occasion.run?.id ?? null,
    policyId, times: 1, createdAt: now, lastAt: now, readAt: null, readBy: null,
  };
}

async function toWebhook(ports: CarryOutNeeds, occasion: Occasion, { policyId, value, text }: Notice): Promise<void> {
  const endpointId = textOf(value.endpoint_id);
  const webhook = occasion.webhooks.find(({ id }) => id === endpointId);
  const method = knownMethod(textOf(value.method) || 'POST');
  const body = await payloadOf(ports, occasion, value);
  const fault =
    webhook === undefined ? `there is no webhook "${endpointId}" in reach of space ${occasion.spaceId}`
    : method === undefined ? `webhooks are not sent with the method ${JSON.stringify(value.method)}`
    : Buffer.byteLength(body) > MAX_BODY_BYTES ? `the payload for webhook "${endpointId}" is over 1 MB`
    : undefined;
  if (webhook === undefined || method === undefined || fault !== undefined) return tellFault(ports, occasion, policyId, fault ?? '');
  if (!webhook.enabled) return;
  await createDelivery(ports, webhook, {
    source: `${occasion.id}/${sha256(text).slice(0, 16)}`, event: occasion.event, runId: occasion.run?.id ?? null, method, headers: policyHeaders((value.headers ?? {}) as Readonly<Record<string, string>>), body,
  });
}

async function payloadOf(ports: CarryOutNeeds, { run, defaultBody }: Occasion, value: Notice['value']): Promise<string> {
  if (!Object.hasOwn(value, 'payload')) return JSON.stringify(defaultBody);
  const states = wantedLogs(value.payload);
  if (states.length === 0) return JSON.stringify(value.payload);
  return JSON.stringify(withLogs(value.payload, run === null ? new Map() : await readPhaseLogs(ports, run, states, MAX_LOG_BYTES)));
}

async function tellFault(ports: CarryOutNeeds, occasion: Occasion, policyId: string, message: string): Promise<void> {
  const about = { spaceId: occasion.spaceId, stackId: occasion.stackId, runId: occasion.run?.id ?? null, policyId };
  if (!occasion.ofError) {
    await raiseInternalError(ports.db.sql, ports, { ...about, title: 'Notification Not Sent', error: 'notification could not be sent', message, severity: 'ERROR' });
    return;
  }
  const now = ports.clock.now();
  await putNotification(ports.db.sql, { ...about, id: ports.ids.ulid(), ...fittingText({ title: 'Notification Not Sent', body: message }), severity: 'ERROR', times: 1, createdAt: now, lastAt: now, readAt: null, readBy: null });
}
