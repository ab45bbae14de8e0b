import { AsyncLocalStorage } from 'node:async_hooks';
import type { Telemetry } from '../../core/ports/telemetry.ts';
import { isAppError } from '../../core/shared/errors.ts';
import type { OpenSpan, OtelTracer } from './otel-tracer.ts';

export interface OtelTelemetry extends Telemetry {
  /** The span that is open, for a message that continues it; undefined outside of any. */
  traceParent(): string | undefined;
}

/** The Telemetry port with spans for an OpenTelemetry collector; lines and counters go where they went. */
export function otelTelemetry(options: { readonly lines: Telemetry; readonly tracer: OtelTracer }): OtelTelemetry {
  const { lines, tracer } = options;
  const current = new AsyncLocalStorage<OpenSpan>();
  return {
    log: (level, message, fields) => lines.log(level, message, fields),
    count: (name, attributes, by) => lines.count(name, attributes, by),
    traceParent: () => current.getStore()?.traceParent,
    async span(name, work, parent) {
      const opened = tracer.start(name, parent ?? current.getStore());
      try {
        return await current.run(opened, work);
      } catch (error) {
        // What is wrong, never in words: those of a foreign error may hold values.
        opened.fail(isAppError(error) ? error.code : undefined);
        throw error;
      } finally {
        opened.end();
      }
    },
  };
}
