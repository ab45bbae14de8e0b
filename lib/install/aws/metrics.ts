import { jsonCall } from '../../adapters/aws/signed-call.ts';
import type { AwsClients } from './clients.ts';
import { signedAsOperator } from './signed.ts';

const SERVICE = 'GraniteServiceVersion20100801';
const MINUTE_MS = 60_000;

/** A number that a service tells about one of its things. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

const seconds = (at: number): number => Math.floor(at / 1000);

const queryOf = ({ namespace, name, dimensions }: Metric, index: number) => ({
  Id: `m${index}`,
  MetricStat: {
    Metric: { Namespace: namespace, MetricName: name, Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })) },
    Period: 60,
    Stat: 'Maximum',
  },
});

interface Answer {
  readonly MetricDataResults?: readonly { readonly Id?: string; readonly Values?: readonly number[] }[];
}

/** The newest of each number since a minute; undefined where none was told. */
export async function newestMetrics(aws: AwsClients, metrics: readonly Metric[], since: Date, now: Date): Promise<readonly (number | undefined)[]> {
  if (metrics.length === 0) return [];
  const body = await call(aws, 'GetMetricData', {
    MetricDataQueries: metrics.map(queryOf),
    StartTime: seconds(Math.floor(since.getTime() / MINUTE_MS) * MINUTE_MS),
    EndTime: seconds(now.getTime() + MINUTE_MS),
    ScanBy: 'TimestampDescending',
  });
  const { MetricDataResults = [] } = JSON.parse(body) as Answer;
  return metrics.map((_, index) => MetricDataResults.find(({ Id }) => Id === `m${index}`)?.Values?.[0]);
}

/** Lets alarms tell their topic, or keeps them from it; one that is not there is no matter. */
export async function setAlarmActions(aws: AwsClients, names: readonly string[], enabled: boolean): Promise<void> {
  await call(aws, enabled ? 'EnableAlarmActions' : 'DisableAlarmActions', { AlarmNames: names });
}

async function call(aws: AwsClients, operation: string, input: object): Promise<string> {
  const send = await signedAsOperator(aws);
  const { status, body } = await send(jsonCall('monitoring', new URL(`${aws.endpointOf('monitoring', aws.region)}/`), `${SERVICE}.${operation}`, input, '1.0'));
  if (status !== 200) throw new Error(`monitoring refused ${operation} (${status})`);
  return body.toString('utf8');
}
