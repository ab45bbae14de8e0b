import { readMetrics, type Metrics as MetricsModel } from '../../../core/usage/actions/read-metrics.ts';
import { readUsage } from '../../../core/usage/actions/read-usage.ts';
import type { Metrics, QueryResolvers } from '../resolver-types.ts';
import { seconds } from './values.ts';

const dateOf = (unix: number | null | undefined): Date | undefined => (unix === null || unix === undefined ? undefined : new Date(unix * 1000));

export const Query: Pick<QueryResolvers, 'usage' | 'metrics' | 'metricsRange'> = {
  usage: async (_, __, { ports, actor }) => {
    const { month, privateMinutes, publicMinutes, seats } = await readUsage(ports, actor);
    return {
      billingPeriodStart: seconds(month.since), billingPeriodEnd: seconds(month.until), usedPrivateMinutes: privateMinutes, usedPublicMinutes: publicMinutes,
      usedSeats: seats,
    };
  },
  metrics: async (_, __, { ports, actor }) => toMetrics(await readMetrics(ports, actor)),
  metricsRange: async (_, { input }, { ports, actor }) =>
    toMetrics(await readMetrics(ports, actor, { since: dateOf(input?.startTime), until: dateOf(input?.endTime) })),
};

function toMetrics({ hasRuns, stacksByState, drifted, notDrifted, averageSeconds, medianSeconds }: MetricsModel): Metrics {
  const stacks = Object.values(stacksByState).reduce((sum, count) => sum + count, 0);
  const point = (value: number, ...labels: readonly string[]) => ({ value, labels: [...labels] });
  return {
    hasStacks: stacks > 0,
    hasRuns,
    stacksCountByState: Object.entries(stacksByState).map(([state, count]) => point(count, state)),
    resourcesCountByDrift: [point(drifted, 'drifted'), point(notDrifted, 'not_drifted')],
    avgStackSizeByResourceCount: [point(stacks === 0 ? 0 : (drifted + notDrifted) / stacks)],
    averageRunDuration: [point(averageSeconds)],
    medianRunDuration: [point(medianSeconds)],
  };
}
