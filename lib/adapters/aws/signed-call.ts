import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Telemetry } from '../../core/ports/telemetry.ts';
import { unavailable } from '../../core/shared/errors.ts';

/** A function's environment: credentials, region, and where tests point it. */
export type AwsEnvironment = Readonly<Record<string, string | undefined>>;

export interface Call {
  readonly service: 's3' | 'sqs' | 'secretsmanager' | 'ssm' | 'lambda' | 'events' | 'monitoring';
  readonly method: 'GET' | 'PUT' | 'POST' | 'HEAD';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly timeoutMs?: number;
  /** For what must not be done twice without looking. */
  readonly neverTwice?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** What a call tells of itself, and takes along. */
export interface CallTelemetry extends Pick<Telemetry, 'span'> {
  traceHeader(): string | undefined;
}

const TRIES = 3;
const FIRST_PAUSE_MS = 100;
const TIMEOUT_MS = 5_000;
const mayWork = (status: number): boolean => status >= 500 || status === 429;

/**
 * Calls a service of AWS without its client, for functions that make one or two calls and must start quickly. Repeats what may work the
 * next time; what never does is the caller's to judge, by status. With telemetry each call is a span, its repetitions included.
 */
export function signedCalls(environment: AwsEnvironment, telemetry?: CallTelemetry): (call: Call) => Promise<Answer> {
  const signer = (service: Call['service']) =>
    new SignatureV4({
      service,
      region: environment.AWS_REGION ?? 'us-east-1',
      credentials: {
        accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
        secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
        ...(environment.AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: environment.AWS_SESSION_TOKEN }),
      },
      sha256: Sha256,
      uriEscapePath: service !== 's3',
    });

  async function once({ service, method, url, headers, body, timeoutMs = TIMEOUT_MS }: Call): Promise<Answer> {
    const trace = telemetry?.traceHeader();
    const { headers: signed } = await signer(service).sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      headers: { host: url.host, ...(trace === undefined ? {} : { 'x-amzn-trace-id': trace }), ...headers },
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      ...(url.search === '' ? {} : { query: Object.fromEntries(url.searchParams) }),
      ...(body === undefined ? {} : { body }),
    });
    const response = await fetch(url, { method, headers: signed, signal: AbortSignal.timeout(timeoutMs), ...(body === undefined ? {} : { body: Buffer.from(body) }) });
    return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
  }

  async function repeated(call: Call): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      let fault: unknown;
      try {
        const answer = await once(call);
        if (!mayWork(answer.status)) return answer;
        fault = new Error(`${call.service} answered ${answer.status}`);
      } catch (error) {
        fault = error;
      }
      if (tries === TRIES || call.neverTwice === true) throw unavailable(`${call.service} does not answer: try again in a moment`, {}, { cause: fault });
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 4 ** (tries - 1)));
    }
  }

  return (call) => (telemetry === undefined ? repeated(call) : telemetry.span(spanName(call), () => repeated(call)));
}

const NAMES = {
  s3: 'S3', sqs: 'SQS', secretsmanager: 'SecretsManager', ssm: 'SSM', lambda: 'Lambda', events: 'EventBridge', monitoring: 'CloudWatch',
} as const;
const OBJECT_CALLS = { GET: 'GetObject', PUT: 'PutObject', HEAD: 'HeadObject', POST: 'PostObject' } as const;

/** Called as the SDK's clients call theirs: `aws.<service>.<operation>`. */
function spanName({ service, method, headers }: Call): string {
  const target = headers?.['x-amz-target']?.split('.').at(-1);
  return `aws.${NAMES[service]}.${target ?? (service === 's3' ? OBJECT_CALLS[method] : service === 'lambda' ? 'Invoke' : method)}`;
}

/** A call of the services that take JSON and are told by a header what to do with it. */
export function jsonCall(service: Call['service'], url: URL, target: string, input: object, version: '1.0' | '1.1' = '1.1'): Call {
  const headers = { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target };
  return { service, method: 'POST', url, headers, body: Buffer.from(JSON.stringify(input)) };
}

const ENDPOINT_NAMES = { ssm: 'SSM', lambda: 'LAMBDA', events: 'EVENTS', secretsmanager: 'SECRETS_MANAGER' } as const;

/** The address of a service, or what stands in its place. */
export function serviceUrl(environment: AwsEnvironment, service: keyof typeof ENDPOINT_NAMES, path = '/'): URL {
  const endpoint = environment[`AWS_ENDPOINT_URL_${ENDPOINT_NAMES[service]}`] ?? environment.AWS_ENDPOINT_URL;
  const fips = environment.AWS_USE_FIPS_ENDPOINT === 'true' ? '-fips' : '';
  return new URL(path, endpoint ?? `https://${service}${fips}.${environment.AWS_REGION ?? 'us-east-1'}.amazonaws.com`);
}

/** The address of an object, by host in AWS and by path where a test serves it. */
export function objectUrl(environment: AwsEnvironment, bucket: string, key: string): URL {
  const path = key.split('/').map(encodeURIComponent).join('/');
  const endpoint = environment.AWS_ENDPOINT_URL_S3 ?? environment.AWS_ENDPOINT_URL;
  if (endpoint !== undefined) return new URL(`${endpoint.replace(/\/$/, '')}/${bucket}/${path}`);
  const service = environment.AWS_USE_FIPS_ENDPOINT === 'true' ? 's3-fips' : 's3';
  return new URL(`https://${bucket}.${service}.${environment.AWS_REGION ?? 'us-east-1'}.amazonaws.com/${path}`);
}

/** The hash that the signer asks for, with and without a key. */
class Sha256 {
  readonly #secret: string | Uint8Array | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret === undefined || typeof secret === 'string' ? secret : ArrayBuffer.isView(secret) ? new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength) : new Uint8Array(secret);
    this.#hash = this.#begin();
  }

  #begin(): Hash | Hmac {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret);
  }

  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    this.#hash = this.#begin();
  }
}
