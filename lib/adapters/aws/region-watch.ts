import type { Telemetry } from '../../core/ports/telemetry.ts';
import { EPOCH_KEY, isSuperseded, parseEpoch } from '../../core/shared/region-epoch.ts';
import { regionStop } from './region-stop.ts';
import { objectUrl, signedCalls, type AwsEnvironment, type CallTelemetry } from './signed-call.ts';
import { ssmParameters } from './ssm-parameters.ts';

export interface RegionWatchOptions {
  readonly environment: AwsEnvironment;
  readonly region: string;
  /** The bucket of states. */
  readonly bucket: string;
  /** Where the mode is; the mark of the region that serves, and its epoch, lie beside it. */
  readonly modeParameter: string;
  readonly telemetry: Pick<Telemetry, 'log' | 'count'>;
  readonly tracing?: CallTelemetry;
}

/**
 * Looks whether the other region has begun to serve, and stops this one if so; answers whether it did. A failover may have found this region
 * unreachable: its word arrives with the copies of objects. What cannot be read changes nothing, and what could not be stopped is stopped the
 * next time.
 */
export function regionWatch({ environment, region, bucket, modeParameter, telemetry, tracing }: RegionWatchOptions): () => Promise<boolean> {
  const call = signedCalls(environment, tracing);
  const parameters = ssmParameters(environment, tracing);
  const stop = regionStop(environment, modeParameter.replace(/^\/(.*)\/mode$/, '$1'));
  const beside = (name: string): string => modeParameter.replace(/mode$/, name);

  async function found() {
    const { status, body } = await call({ service: 's3', method: 'GET', url: objectUrl(environment, bucket, EPOCH_KEY) });
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`s3 answered ${status}`);
    return parseEpoch(body.toString('utf8'));
  }

  async function look(): Promise<boolean> {
    const epoch = await found();
    if (epoch === undefined || epoch.region === region) return false;
    const own = Number((await parameters.read(beside('epoch'))) ?? 0);
    if (!isSuperseded({ region, epoch: own }, epoch)) return false;
    await parameters.write(beside('mode'), 'off');
    await parameters.write(beside('active'), 'false');
    // From here on functions refuse their work; what starts them would go on costing, and count receives.
    await stop().catch((error: unknown) => telemetry.log('warn', 'this region gave way, and some of it could not be stopped yet', { error }));
    telemetry.log('error', 'another region serves: this one has stopped', { serving: epoch.region, epoch: epoch.epoch, since: epoch.at });
    telemetry.count('RegionSuperseded');
    return true;
  }

  return async () => {
    try {
      return await look();
    } catch (error) {
      telemetry.log('warn', 'which region serves could not be looked up', { error });
      return false;
    }
  };
}
