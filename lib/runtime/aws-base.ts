import { randomIds } from '../adapters/system/random-ids.ts';
import { systemClock } from '../adapters/system/system-clock.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { Telemetry } from '../core/ports/telemetry.ts';
import { requireAwsConfig, type AwsConfig } from './aws-config.ts';
import { functionTelemetry, type FunctionTelemetry } from './aws-telemetry.ts';
import { invocations, type Invocations } from './invocation.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What every function has, however small. */
export interface AwsBase {
  readonly environment: Environment;
  readonly config: AwsConfig;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly telemetry: FunctionTelemetry;
  readonly invocations: Invocations;
}

/** In place of the function's own. */
export interface BaseOptions {
  readonly telemetry?: Telemetry & Partial<FunctionTelemetry>;
  readonly clock?: Clock;
}

/** Reads the environment of a function; one that is wrong ends it with all that is wrong. */
export function awsBase(environment: Environment, { telemetry, clock = systemClock }: BaseOptions = {}): AwsBase {
  const config = requireAwsConfig(environment);
  const given = telemetry && { traceHeader: () => undefined, traceParent: () => undefined, flush: async () => {}, ...telemetry };
  return { environment, config, clock, ids: randomIds(clock), telemetry: given ?? functionTelemetry(config), invocations: invocations(clock) };
}
