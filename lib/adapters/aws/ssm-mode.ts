import type { Clock } from '../../core/ports/clock.ts';
import type { Telemetry } from '../../core/ports/telemetry.ts';
import { serviceUrl, signedCalls, type AwsEnvironment } from './signed-call.ts';

const REMEMBER_MS = 15_000;

/** Whether the operator switched the installation off for maintenance. */
export interface Mode {
  isOff(): Promise<boolean>;
}

/**
 * The mode as a parameter, read at most every 15 seconds. While it cannot be read, what was read last stands; at first the installation
 * is on. One call is all that every function needs of the service, so it comes without the service's client.
 */
export function ssmMode(options: {
  readonly environment: AwsEnvironment;
  readonly parameter: string;
  /** The value that means off; anything else, and none, means on. */
  readonly offWord?: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly telemetry: Pick<Telemetry, 'log'>;
}): Mode {
  const { environment, parameter, offWord = 'off', clock, telemetry } = options;
  const call = signedCalls(environment);
  let off = false;
  let readAt = -Infinity;

  async function read(): Promise<string | undefined> {
    const answer = await call({
      service: 'ssm',
      method: 'POST',
      url: serviceUrl(environment, 'ssm'),
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AmazonSSM.GetParameter' },
      body: Buffer.from(JSON.stringify({ Name: parameter })),
    });
    const document = JSON.parse(answer.body.toString('utf8')) as { readonly __type?: string; readonly Parameter?: { readonly Value?: string } };
    if (answer.status === 200) return document.Parameter?.Value;
    if (document.__type?.endsWith('ParameterNotFound') === true) return undefined;
    throw new Error(`ssm answered ${answer.status} ${document.__type ?? ''}`.trim());
  }

  return {
    async isOff() {
      const now = clock.now().getTime();
      if (now - readAt < REMEMBER_MS) return off;
      readAt = now;
      try {
        off = (await read()) === offWord;
      } catch (error) {
        telemetry.log('warn', 'the mode of the installation could not be read', { parameter, error });
      }
      return off;
    },
  };
}
