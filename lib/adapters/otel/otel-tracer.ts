import { ROOT_CONTEXT, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

export interface OtelOptions {
  /** `http://host:4317`; `https` speaks TLS. */
  readonly endpoint: string;
  readonly serviceName: string;
  readonly version: string;
}

/** A span that is open. */
export interface OpenSpan {
  fail(code: string | undefined): void;
  end(): void;
  /** As the W3C header `traceparent` says it. */
  readonly traceParent: string;
}

export interface OtelTracer {
  start(name: string, parent: OpenSpan | undefined): OpenSpan;
  /** Sends what has ended; never throws. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const EXPORT_TIMEOUT_MS = 5_000;

/** Spans to a collector by OTLP over gRPC, in batches in the background. In a file of its own, which functions load from a layer. */
export function openOtelTracer({ endpoint, serviceName, version }: OtelOptions): OtelTracer {
  const exporter = new OTLPTraceExporter({ url: endpoint, timeoutMillis: EXPORT_TIMEOUT_MS });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': version }),
    spanProcessors: [new BatchSpanProcessor(exporter, { exportTimeoutMillis: EXPORT_TIMEOUT_MS })],
  });
  const tracer = provider.getTracer(serviceName, version);
  const spans = new WeakMap<OpenSpan, Span>();

  return {
    start(name, parent) {
      const outer = parent && spans.get(parent);
      const span = tracer.startSpan(name, {}, outer === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, outer));
      const { traceId, spanId, traceFlags } = span.spanContext();
      const opened: OpenSpan = {
        traceParent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
        fail(code) {
          span.setStatus({ code: SpanStatusCode.ERROR });
          if (code !== undefined) span.setAttribute('error.code', code);
        },
        end: () => span.end(),
      };
      spans.set(opened, span);
      return opened;
    },
    flush: () => provider.forceFlush().catch(() => {}),
    close: () => provider.shutdown().catch(() => {}),
  };
}
