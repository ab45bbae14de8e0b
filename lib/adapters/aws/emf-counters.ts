import type { Telemetry } from '../../core/ports/telemetry.ts';
import { POOL_ATTRIBUTE } from '../../core/shared/pool-metrics.ts';

/**
 * Counters as lines that CloudWatch turns into metrics: each once as it is and once by its attributes, which have few values; numbers of
 * pools by their pool alone, for their sum says nothing. A line costs no call and no waiting.
 */
export function emfCounters(options: {
  readonly write: (line: string) => void;
  readonly namespace: string;
  readonly now: () => Date;
}): Telemetry['count'] {
  const { write, namespace, now } = options;
  return (name, attributes = {}, by = 1) => {
    const keys = Object.keys(attributes);
    const byAttributes = attributes[POOL_ATTRIBUTE] === undefined ? [[], keys] : [keys];
    const directive = {
      Timestamp: now().getTime(),
      CloudWatchMetrics: [{ Namespace: namespace, Dimensions: keys.length === 0 ? [[]] : byAttributes, Metrics: [{ Name: name, Unit: 'Count' }] }],
    };
    write(`${JSON.stringify({ _aws: directive, ...attributes, [name]: by })}\n`);
  };
}
