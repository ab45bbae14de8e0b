import type { HttpOutcome } from '../../ports/http-sender.ts';
import type { Ports } from '../../ports/ports.ts';
import { usageReportDue } from '../usage-messages.ts';
import { findReport, saveSendResult, type SendResult } from '../usage-report-store.ts';

type Needs = Pick<Ports, 'db' | 'queue' | 'objects' | 'http' | 'clock' | 'ids' | 'settings' | 'telemetry'>;

const DEADLINE_MS = 10_000;
/** The answer is looked at by nobody. */
const MAX_ANSWER_BYTES = 1024;
/** How long to wait before each further try; after the last, the next day's job begins anew. */
const WAITS_SECONDS = [30, 120, 600, 900, 900, 900] as const;

/** Sends a day's report. The other side tells a repeated one by its id; one that was settled meanwhile is left alone. */
export async function sendUsageReport(ports: Needs, input: { readonly period: string; readonly tries: number }): Promise<void> {
  const report = await findReport(ports.db.sql, input.period);
  if (report?.status !== 'PENDING' || report.tries !== input.tries) return;
  const endpoint = ports.settings.usageEndpoint ?? null;
  const body = endpoint === null ? undefined : await ports.objects.get('documents', report.objectKey);
  if (endpoint === null || body === undefined) {
    const [status, error] = endpoint === null ? (['KEPT', null] as const) : (['FAILED', 'the report is no longer kept'] as const);
    await saveSendResult(ports.db.sql, report, { status, tries: report.tries, error }, ports.clock.now());
    return;
  }
  const outcome = await post(ports, endpoint, report.period, body.toString('utf8'));
  const tries = report.tries + 1;
  const error = errorOf(outcome);
  const wait = error !== null && mayPass(outcome) ? WAITS_SECONDS[report.tries] : undefined;
  const result: SendResult = { status: error === null ? 'SENT' : wait === undefined ? 'FAILED' : 'PENDING', tries, error };
  await ports.db.transaction(async (tx) => {
    if (!(await saveSendResult(tx.sql, report, result, ports.clock.now()))) return;
    if (wait !== undefined) await ports.queue.enqueue(tx.sql, usageReportDue, { period: report.period, tries }, { delaySeconds: wait });
    tx.afterCommit(() => ports.queue.flush());
  });
  ports.telemetry.log(error === null ? 'info' : 'warn', 'usage report tried', { period: report.period, status: result.status, tries, error });
  ports.telemetry.count('usage.reports', { status: result.status });
}

function post(ports: Needs, url: string, period: string, body: string): Promise<HttpOutcome> {
  const headers = {
    'Content-Type': 'application/json', 'User-Agent': `windlass/${ports.settings.version}`, 'Idempotency-Key': `${ports.settings.accountName}/${period}`,
  };
  return ports.http.send({ method: 'POST', url, headers, body, deadlineMs: DEADLINE_MS, maxAnswerBytes: MAX_ANSWER_BYTES });
}

const errorOf = (outcome: HttpOutcome): string | null => {
  if (outcome.fault !== undefined) return outcome.message;
  return outcome.status >= 200 && outcome.status < 300 ? null : `the endpoint answered with status ${outcome.status}`;
};

/** Whether the same may go well a little later. */
const mayPass = (outcome: HttpOutcome): boolean =>
  (outcome.fault === undefined ? outcome.status >= 500 || outcome.status === 429 : outcome.fault === 'network');
