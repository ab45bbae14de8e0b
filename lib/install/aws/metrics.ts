import { signedCalls } from '../../adapters/aws/signed-call.ts';
import type { AwsClients } from './clients.ts';

const OPERATION = 'GraniteServiceVersion20100801.GetMetricData';
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

/** The newest of each number since a minute; undefined where none was told. One call of a service is not worth its client. */
export async function newestMetrics(aws: AwsClients, metrics: readonly Metric[], since: Date, now: Date): Promise<readonly (number | undefined)[]> {
  if (metrics.length === 0) return [];
  const [{ accessKeyId, secretAccessKey, sessionToken }, region] = await Promise.all([aws.sts.config.credentials(), aws.sts.config.region()]);
  const send = signedCalls({ AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken });
  const { status, body } = await send({
    service: 'monitoring',
    method: 'POST',
    url: new URL(`${aws.endpointOf('monitoring', region)}/`),
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': OPERATION },
    body: Buffer.from(JSON.stringify({
      MetricDataQueries: metrics.map(queryOf),
      StartTime: seconds(Math.floor(since.getTime() / MINUTE_MS) * MINUTE_MS),
      EndTime: seconds(now.getTime() + MINUTE_MS),
      ScanBy: 'TimestampDescending',
    })),
  });
  if (status !== 200) throw new Error(`monitoring refused to tell its numbers (${status})`);
  const { MetricDataResults = [] } = JSON.parse(body.toString('utf8')) as Answer;
  return metrics.map((_, index) => MetricDataResults.find(({ Id }) => Id === `m${index}`)?.Values?.[0]);
}
