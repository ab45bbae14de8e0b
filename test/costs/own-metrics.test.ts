import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { expect } from 'expect';
import { emfCounters } from '../../lib/adapters/aws/emf-counters.ts';
import { POOL_ATTRIBUTE, POOL_METRICS } from '../../lib/core/shared/pool-metrics.ts';
import { OWN_METRICS, ownMetricsOf } from '../../lib/costs/own-metrics.ts';
import { ROOT } from '../support/infra.ts';

const sources = readdirSync(join(ROOT, 'lib'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(ROOT, 'lib', file), 'utf8'));

describe('the metrics of our own', () => {
  it('are all in the list that is priced, and no others', () => {
    const counted = sources.flatMap((text) => [...text.matchAll(/\.count\('([^']+)'/g)].map(([, name = '']) => name));

    expect(counted.length).toBeGreaterThan(5);
    expect(Object.keys(OWN_METRICS).toSorted()).toEqual([...new Set([...counted, ...Object.values(POOL_METRICS)])].toSorted());
  });

  it('are counted under names that can be read in the code', () => {
    const calls = sources.flatMap((text) => [...text.matchAll(/telemetry\.count\(([^,)]+)/g)].map(([, name = '']) => name));

    expect(calls.filter((name) => !name.startsWith("'"))).toEqual(['POOL_METRICS[name as PoolMetric]']);
  });

  it('have as many series as their lines make', () => {
    const lines: string[] = [];
    const count = emfCounters({ write: (line) => void lines.push(line), namespace: 'n', now: () => new Date(0) });
    count('SchedulerTick');
    count('DeadLetters', { queue: 'async' });
    count(POOL_METRICS.workers, { [POOL_ATTRIBUTE]: 'private' });
    const series = lines.map((line) => (JSON.parse(line) as { _aws: { CloudWatchMetrics: { Dimensions: unknown[][] }[] } })._aws.CloudWatchMetrics[0]?.Dimensions);

    expect(series).toEqual([[[]], [[], ['queue']], [[POOL_ATTRIBUTE]]]);
    for (const [place, name] of ['SchedulerTick', 'DeadLetters', POOL_METRICS.workers].entries()) {
      const { series: bySeries, plain } = OWN_METRICS[name] ?? { series: 0, plain: false };
      expect([name, bySeries + (plain ? 1 : 0)]).toEqual([name, series[place]?.length]);
    }
  });

  it('cost more the more is going on', () => {
    const [asleep, idle, busy] = [{ awake: false, workers: 0, runs: 0 }, { awake: true, workers: 1, runs: 0 }, { awake: true, workers: 10, runs: 3000 }].map(
      (usage) => ownMetricsOf(usage).quantity,
    );

    expect(asleep).toBeGreaterThanOrEqual(1);
    expect(idle).toBeGreaterThan(asleep ?? 0);
    expect(busy).toBeGreaterThan(idle ?? 0);
  });
});
