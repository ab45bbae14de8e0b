import { request as httpRequest } from 'node:http';
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { errorAnswer, type AwsAnswer, type AwsCall, type Intercept } from '../aws-proxy.ts';
import { startDataApi, type DataApiCall, type DataApiServer } from '../data-api.ts';
import type { ServiceException } from '../data-api-types.ts';
import { functionNameIn } from './parts.ts';
import type { Outcome } from './function-process.ts';

/** Sends a call to another server as it is, or with another body. */
function forward(upstream: string, call: AwsCall, body: Buffer = call.body): Promise<AwsAnswer> {
  const { hostname, port } = new URL(upstream);
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': call.headers['content-type'] ?? 'application/json', 'content-length': String(body.length) };
    const request = httpRequest({ hostname, port, method: call.method, path: call.path, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const told = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
        resolve({ status: response.statusCode ?? 502, headers: Object.fromEntries(told) as Record<string, string>, body: Buffer.concat(parts) });
      });
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Invocations by the SDK: the answer of a function, or its error with the header that says so. */
export function lambdaService(invoke: (functionName: string, event: unknown) => Promise<Outcome>): Intercept {
  return async (call, next) => {
    const [, name] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(decodeURIComponent(call.path)) ?? [];
    if (call.service !== 'lambda' || name === undefined) return next(call);
    const event: unknown = JSON.parse(call.body.toString('utf8') || 'null');
    const outcome = await invoke(functionNameIn(name), event);
    const failed = !('answer' in outcome);
    return {
      status: 200,
      headers: { 'content-type': 'application/json', 'x-amz-executed-version': '1', ...(failed ? { 'x-amz-function-error': 'Unhandled' } : {}) },
      body: Buffer.from(failed ? JSON.stringify(outcome.fault) : outcome.answer),
    };
  };
}

/** The data plane of IoT Core, which another server has. */
export const iotDataService =
  (url: string): Intercept =>
  (call, next) =>
    call.service === 'iotdata' ? forward(url, call) : next(call);

export interface DatabaseService {
  readonly intercept: Intercept;
  /** Hears of every statement before it runs; what it returns is answered instead. Returns how to stop hearing. */
  onCall(listener: (call: DataApiCall) => ServiceException | undefined): () => void;
  close(): Promise<void>;
}

/** The Data API of the template's cluster over a real PostgreSQL: who connects is the user that the secret names. */
export function databaseService(options: {
  readonly postgresUrl: string;
  readonly clusterArn: () => string | undefined;
  readonly secrets: SecretsManagerClient;
}): DatabaseService {
  const servers = new Map<string, Promise<DataApiServer>>();
  const listeners = new Set<(call: DataApiCall) => ServiceException | undefined>();

  async function start(username: string): Promise<DataApiServer> {
    const url = new URL(options.postgresUrl);
    url.username = username;
    const server = await startDataApi(url.href);
    server.intercept((call) => {
      for (const listener of listeners) {
        const refusal = listener(call);
        if (refusal !== undefined) return refusal;
      }
      return undefined;
    });
    return server;
  }

  const users = new Map<string, Promise<string>>();
  async function userOf(secretArn: string): Promise<string> {
    const found =
      users.get(secretArn) ??
      options.secrets
        .send(new GetSecretValueCommand({ SecretId: secretArn }))
        .then(({ SecretString: text = '{}' }) => (JSON.parse(text) as { readonly username: string }).username);
    users.set(secretArn, found);
    return found;
  }

  return {
    async intercept(call, next) {
      if (call.service !== 'rds-data') return next(call);
      const body = JSON.parse(call.body.toString('utf8') || '{}') as { readonly resourceArn?: string; readonly secretArn?: string; readonly database?: string };
      if (body.resourceArn !== options.clusterArn()) return errorAnswer(call, 400, 'BadRequestException', `there is no cluster ${body.resourceArn ?? ''}`);
      const user = await userOf(body.secretArn ?? '').catch(() => undefined);
      if (user === undefined) return errorAnswer(call, 400, 'BadRequestException', 'The secret is not found');
      servers.set(user, servers.get(user) ?? start(user));
      const server = await (servers.get(user) as Promise<DataApiServer>);
      return forward(server.url, call, Buffer.from(JSON.stringify({ ...body, ...server.target(body.database ?? '') })));
    },
    onCall(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      for (const server of servers.values()) await (await server).close();
    },
  };
}

/** Tells which queue something was put on, once it is there. */
export function sendsTold(told: (queueName: string) => void): Intercept {
  return async (call, next) => {
    const answer = await next(call);
    if (call.service === 'sqs' && (call.operation === 'SendMessage' || call.operation === 'SendMessageBatch') && answer.status === 200) {
      const { QueueUrl: url = '' } = JSON.parse(call.body.toString('utf8')) as { readonly QueueUrl?: string };
      told(url.split('/').at(-1) ?? '');
    }
    return answer;
  };
}
