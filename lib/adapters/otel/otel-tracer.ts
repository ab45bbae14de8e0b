import { isSpanContextValid, ROOT_CONTEXT, SpanStatusCode, trace, type Context, type Span } from '@opentelemetry/api';
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
  /** `parent` is a span of this process, or the `traceparent` of one elsewhere; one that cannot be read is passed over. */
  start(name: string, parent: OpenSpan | string | undefined): OpenSpan;
  /** Sends what has ended; never throws. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const EXPORT_TIMEOUT_MS = 5_000;
const TRACE_PARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The context of a span elsewhere. */
function remote(traceParent: string): Context {
  const [, traceId = '', spanId = '', flags = ''] = TRACE_PARENT.exec(traceParent) ?? [];
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(context) ? trace.setSpanContext(ROOT_CONTEXT, context) : ROOT_CONTEXT;
}

/** Spans to a collector by OTLP over gRPC, in batches in the background. In a file of its own, which functions load from a layer. */
export function openOtelTracer({ endpoint, serviceName, version }: OtelOptions): OtelTracer {
  const exporter = new OTLPTraceExporter({ url: endpoint, timeoutMillis: EXPORT_TIMEOUT_MS });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': version }),
    spanProcessors: [new BatchSpanProcessor(exporter, { exportTimeoutMillis: EXPORT_TIMEOUT_MS })],
  });
  const tracer = provider.getTracer(serviceName, version);
  const spans = new WeakMap<OpenSpan, Span>();
  const within = (parent: OpenSpan | undefined): Context => {
    const outer = parent && spans.get(parent);
    return outer === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, outer);
  };

  return {
    start(name, parent) {
      const span = tracer.startSpan(name, {}, typeof parent === 'string' ? remote(parent) : within(parent));
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
