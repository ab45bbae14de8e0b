import { after, before, describe, it } from 'node:test';
import type { SQSBatchResponse } from 'aws-lambda';
import { expect } from 'expect';
import { ensureAccount } from '../../lib/core/accounts/actions/ensure-account.ts';
import { QUEUE_VARIABLES } from '../../lib/core/shared/function-variables.ts';
import type { TickName } from '../../lib/core/shared/ticks.ts';
import { tickInput } from '../../lib/core/shared/wire-message.ts';
import type { AwsApp } from '../../lib/runtime/aws.ts';
import { queueFunction } from '../../lib/runtime/queue-function.ts';
import { invoke, sqsRecord, testFunctions, type TestFunctions } from '../support/functions.ts';
import { aReceiver, type Receiver } from '../support/receiver.ts';
import { needsMoto, needsPostgres } from '../support/requirements.ts';

const DAY_MS = 86_400_000;
const NEAR = { OUTBOUND_ALLOWED_CIDRS: '127.0.0.0/8' };

describe('what functions do once a day', { ...needsMoto, ...needsPostgres, timeout: 120_000 }, () => {
  let functions: TestFunctions;
  let receiver: Receiver;

  before(async () => {
    [functions, receiver] = await Promise.all([testFunctions(), aReceiver()]);
    await ensureAccount(functions.compose('http').ports, { name: 'acme' });
  });
  after(async () => {
    await functions?.close();
    await receiver?.close();
  });

  /** A tick as its rule puts it on the queue, handed to the function. */
  async function tick(cron: AwsApp, name: TickName): Promise<void> {
    const url = functions.environment('drain-cron')[QUEUE_VARIABLES.cronjobs] ?? '';
    const event = { Records: [sqsRecord(url, { Body: JSON.stringify(tickInput(name)) })] };
    expect((await invoke<SQSBatchResponse>(queueFunction(cron), event, cron, functions.clock)).batchItemFailures).toEqual([]);
  }

  it('includes a report of usage, which another function sends', async () => {
    const told = { ...NEAR, USAGE_ENDPOINT: `${receiver.url}/usage` };
    const [cron, events] = [functions.compose('drain-cron', told), functions.compose('drain-events', told)];
    functions.advance(DAY_MS);

    await tick(cron, 'usage');
    await functions.pump(events);

    const day = new Date(functions.clock.now().getTime() - DAY_MS).toISOString().slice(0, 10);
    const kept = await cron.ports.objects.get('documents', `usage/${day}.json`);
    expect(JSON.parse(kept?.toString('utf8') ?? '')).toMatchObject({ id: `acme/${day}`, runs: { count: 0 }, workers: { now: 0 } });
    expect(receiver.received.map(({ body }) => body)).toEqual([kept?.toString('utf8')]);
    expect(functions.logged.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  });
});
