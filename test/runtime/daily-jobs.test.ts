import { after, before, describe, it } from 'node:test';
import type { SQSBatchResponse } from 'aws-lambda';
import { expect } from 'expect';
import { ensureAccount } from '../../lib/core/accounts/actions/ensure-account.ts';
import { QUEUE_VARIABLES } from '../../lib/core/shared/function-variables.ts';
import type { TickName } from '../../lib/core/shared/ticks.ts';
import { tickInput } from '../../lib/core/shared/wire-message.ts';
import { chooseToolVersion } from '../../lib/core/stacks/actions/choose-tool-version.ts';
import { terraformVersions } from '../../lib/core/stacks/tool-catalogue.ts';
import { knownReleases } from '../../lib/core/stacks/tool-release-store.ts';
import { exportUsage } from '../../lib/core/usage/actions/export-usage.ts';
import { readMetrics } from '../../lib/core/usage/actions/read-metrics.ts';
import { readUsage } from '../../lib/core/usage/actions/read-usage.ts';
import { workedRuns } from '../../lib/core/usage/worked-time-store.ts';
import type { AwsApp } from '../../lib/runtime/aws.ts';
import { queueFunction } from '../../lib/runtime/queue-function.ts';
import { adminActor } from '../support/actors.ts';
import { invoke, sqsRecord, testFunctions, type TestFunctions } from '../support/functions.ts';
import { aReceiver, type Receiver } from '../support/receiver.ts';
import { releaseLists } from '../support/release-lists.ts';
import { needsMoto, needsPostgres } from '../support/requirements.ts';
import { aPool } from '../support/run-builders.ts';
import { aStack } from '../support/stack-builders.ts';
import { aRunThrough } from '../support/usage-builders.ts';

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

  it('includes the lists of releases, which other functions offer', async () => {
    const lists = await releaseLists();
    lists.list('terraform', ['1.5.7', '1.15.1', '1.15.0']);
    lists.list('opentofu', ['1.12.3']);
    const cron = functions.compose('drain-cron', { ...NEAR, TOOL_VERSIONS_FROM: `${lists.url}/` });

    await tick(cron, 'tool-versions');
    await tick(cron, 'tool-versions');
    await lists.close();

    expect(lists.requests.map(({ status }) => status).sort()).toEqual([200, 200, 304, 304]);
    const graphql = functions.compose('graphql', { TERRAFORM_ALLOWED_VERSIONS: '>=1.15.1' });
    expect(terraformVersions(graphql.ports.settings.terraformAllowedVersions, await knownReleases(graphql.ports.db.sql))).toEqual(['1.15.1', '1.5.7']);
    const tool = { kind: 'OPEN_TOFU' as const, constraint: '>= 1.6' };
    const question = { stack: { lastAppliedVersion: null }, settings: { tool }, offered: [], allowed: null };
    expect((await chooseToolVersion(functions.compose('worker-api').ports.db.sql, question)).version).toBe('1.12.3');
    const told = functions.counted.filter(({ name }) => name === 'tool.lists').map(({ attributes }) => attributes.outcome);
    expect(told.sort()).toEqual(['new', 'new', 'unchanged', 'unchanged']);
  });

  it('counts through the Data API what the API tells of it', async () => {
    const { ports } = functions.compose('http');
    const app = { ports: { ...ports, clock: functions.clock } };
    const [stack, poolId] = [await aStack(app), await aPool(app, { name: 'own' })];
    const at = (minutes: number) => new Date(functions.clock.now().getTime() - minutes * 60_000).toISOString();
    const run = await aRunThrough(app, stack, [['QUEUED', at(9)], ['PLANNING', at(8)], ['FINISHED', at(6)]], { workerPoolId: poolId });

    const [, line] = (await exportUsage(app.ports, adminActor(), { aspect: 'run-minutes', groupBy: 'run-state' })).split('\n');
    const page = { by: 'run', after: { at: new Date(0), runId: '', stateVersion: 0 }, limit: 10, now: functions.clock.now() } as const;
    const span = { since: new Date(at(60)), until: functions.clock.now() };

    expect(line).toMatch(new RegExp(`^\\d+,2,false,PLANNING,TRACKED,${run.id},network,network,network,true,own,${poolId}$`));
    expect((await workedRuns(ports.db.sql, span, page)).items).toMatchObject([{ runId: run.id, ms: 120_000, startedAt: new Date(at(8)) }]);
    expect(await readMetrics(app.ports, adminActor())).toMatchObject({ hasRuns: true, averageSeconds: 120, medianSeconds: 120, stacksByState: { NONE: 1 } });
    expect((await readUsage(app.ports, adminActor())).publicMinutes).toBe(0);
  });
});
