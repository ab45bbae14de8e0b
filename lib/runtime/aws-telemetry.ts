import { createRequire } from 'node:module';
import { emfCounters } from '../adapters/aws/emf-counters.ts';
import type { MessageTrace } from '../adapters/aws/message-trace.ts';
import { loadXray } from '../adapters/aws/xray-sdk.ts';
import { xrayTelemetry } from '../adapters/aws/xray.ts';
import { lineTelemetry } from '../adapters/system/json-telemetry.ts';
import { systemClock } from '../adapters/system/system-clock.ts';
import type { OtelTracer, OtelOptions } from '../adapters/otel/otel-tracer.ts';
import { otelTelemetry } from '../adapters/otel/otel-telemetry.ts';
import type { Telemetry } from '../core/ports/telemetry.ts';
import type { AwsConfig } from './aws-config.ts';
import { VERSION } from './version.ts';

/** Where the layer puts the library. */
const OTEL_FILE = '/opt/telemetry/otel.cjs';

export interface FunctionTelemetry extends Telemetry {
  /** The trace of X-Ray that a message sent now continues. */
  traceHeader(): string | undefined;
  /** The span of OpenTelemetry that it continues. */
  traceParent(): string | undefined;
  /** Sends what was gathered, before the function is frozen. Never throws. */
  flush(): Promise<void>;
}

/** What a message sent now carries of the trace. */
export const messageTrace = (telemetry: Pick<FunctionTelemetry, 'traceHeader' | 'traceParent'>): MessageTrace => ({
  header: telemetry.traceHeader(),
  parent: telemetry.traceParent(),
});

/** Lines of JSON, which the service keeps, with counters that it makes metrics of. */
function functionLines(namespace: string): Telemetry {
  const write = (line: string) => process.stdout.write(line);
  const now = () => systemClock.now();
  return { ...lineTelemetry({ write, format: 'json', level: 'info', now }), count: emfCounters({ write, namespace, now }) };
}

/** The telemetry of a function, by the vendor that the installation chose; a library that no layer brings is done without. */
export function functionTelemetry({ vendor, functionName, otelEndpoint, metricsNamespace }: Pick<AwsConfig, 'vendor' | 'functionName' | 'otelEndpoint' | 'metricsNamespace'>): FunctionTelemetry {
  const lines = functionLines(metricsNamespace);
  if (vendor === 'AWS') return { ...xrayTelemetry({ lines, sdk: loadXray() }), traceParent: () => undefined, flush: async () => {} };
  const none = { ...lines, traceHeader: () => process.env._X_AMZN_TRACE_ID, traceParent: () => undefined, flush: async () => {} };
  if (vendor === 'Disabled' || otelEndpoint === null) return none;
  const tracer = loadOtel()?.({ endpoint: otelEndpoint, serviceName: functionName, version: VERSION });
  return tracer === undefined ? none : { ...none, ...otelTelemetry({ lines, tracer }), flush: () => tracer.flush() };
}

/** By a file name, for imports do not look into layers. */
function loadOtel(): ((options: OtelOptions) => OtelTracer) | undefined {
  try {
    return (createRequire(import.meta.url)(OTEL_FILE) as { readonly openOtelTracer: (options: OtelOptions) => OtelTracer }).openOtelTracer;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
