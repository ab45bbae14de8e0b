import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';

export interface ReceivedSpan {
  readonly service: string | undefined;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  readonly isError: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const FRAME_BYTES = 5;

type Field = readonly [number: number, value: Buffer | number];

/** The fields of one protobuf message. */
function fields(message: Buffer): readonly Field[] {
  const found: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const wireType = tag % 8;
    const take = (bytes: number) => message.subarray(at, (at += bytes));
    found.push([Math.floor(tag / 8), wireType === 0 ? varint() : take(wireType === 2 ? varint() : wireType === 1 ? 8 : 4)]);
  }
  return found;
}

const parts = (message: Buffer, number: number): readonly Buffer[] =>
  fields(message).flatMap(([found, value]) => (found === number && Buffer.isBuffer(value) ? [value] : []));
const part = (message: Buffer, number: number): Buffer => parts(message, number)[0] ?? Buffer.alloc(0);
const attributesOf = (message: Buffer, number: number): Readonly<Record<string, string>> =>
  Object.fromEntries(parts(message, number).map((attribute) => [part(attribute, 1).toString(), part(part(attribute, 2), 1).toString()]));

/** What the trace service of a collector is sent (OTLP: resource spans, scope spans, spans). */
function spansOf(request: Buffer): readonly ReceivedSpan[] {
  return parts(request, 1).flatMap((resourceSpans) => {
    const service = attributesOf(part(resourceSpans, 1), 1)['service.name'];
    return parts(resourceSpans, 2).flatMap((scopeSpans) =>
      parts(scopeSpans, 2).map((span) => ({
        service,
        traceId: part(span, 1).toString('hex'),
        spanId: part(span, 2).toString('hex'),
        parentId: part(span, 4).toString('hex'),
        name: part(span, 5).toString(),
        isError: fields(part(span, 15)).some(([number, value]) => number === 3 && value === 2),
        attributes: attributesOf(span, 9),
      })),
    );
  });
}

/** A collector that takes spans by OTLP over gRPC. */
export async function startOtlpReceiver() {
  const spans: ReceivedSpan[] = [];
  let raw = '';
  const server = createServer();
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const known = headers[':path'] === EXPORT;
      if (known) {
        const request = Buffer.concat(chunks).subarray(FRAME_BYTES);
        raw += request.toString('latin1');
        spans.push(...spansOf(request));
      }
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': known ? '0' : '12' }));
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.end(Buffer.alloc(FRAME_BYTES));
    });
  });
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    sent: () => raw,
    async close() {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
