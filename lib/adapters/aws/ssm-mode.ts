import type { Clock } from '../../core/ports/clock.ts';
import type { Telemetry } from '../../core/ports/telemetry.ts';
import type { AwsEnvironment, CallTelemetry } from './signed-call.ts';
import { ssmParameters } from './ssm-parameters.ts';

const REMEMBER_MS = 15_000;

/** Whether the operator switched the installation off for maintenance. */
export interface Mode {
  isOff(): Promise<boolean>;
}

/**
 * The mode as a parameter, read at most every 15 seconds. While it cannot be read, what was read last stands; at first the installation
 * is on.
 */
export function ssmMode(options: {
  readonly environment: AwsEnvironment;
  readonly parameter: string;
  /** The value that means off; anything else, and none, means on. */
  readonly offWord?: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly telemetry: Pick<Telemetry, 'log'>;
  readonly tracing?: CallTelemetry;
}): Mode {
  const { environment, parameter, offWord = 'off', clock, telemetry } = options;
  const parameters = ssmParameters(environment, options.tracing);
  let off = false;
  let readAt = -Infinity;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    try {
      off = (await parameters.read(parameter)) === offWord;
    } catch (error) {
      telemetry.log('warn', 'the mode of the installation could not be read', { parameter, error });
    }
    readAt = clock.now().getTime();
  }

  return {
    async isOff() {
      if (clock.now().getTime() - readAt < REMEMBER_MS) return off;
      // Whoever asks meanwhile waits for the same answer.
      reading ??= read().finally(() => (reading = undefined));
      await reading;
      return off;
    },
  };
}
