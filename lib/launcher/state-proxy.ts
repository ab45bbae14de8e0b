import { createHash, timingSafeEqual } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { JsonSyntaxError } from '../protocol/json-text.ts';
import { StateFormatError } from '../protocol/state-summary.ts';
import type { StateGetResponse } from '../protocol/worker-api.ts';
import { finalStatus, type StateApi } from './state-api.ts';
import { StateSession, type KnownState } from './state-session.ts';
import { StateTooLarge } from './state-spool.ts';

/** What the present phase allows the tool. */
export type StateAccess = 'none' | 'read' | 'write';

export interface StateProxyOptions {
  /** Address to listen on; port 0 takes a free one. */
  readonly bind: { readonly host: string; readonly port: number };
  readonly api: StateApi;
  readonly workspace: string;
  readonly username: string;
  readonly password: string;
  /** A private folder outside the tool's workspace. Files in it are the caller's to remove, after `close`. */
  readonly spoolFolder: string;
  /** Asked on every call, since the phase changes while the proxy lives. */
  readonly access: () => StateAccess;
  /** How long failures of network or platform are repeated before the tool gets 503. */
  readonly retryForMs?: number;
  /** Told of the file of a body that could not be committed, which is removed afterwards. */
  readonly onUnsent?: ((path: string) => void) | undefined;
  /** Told what went wrong and was answered with 5xx. */
  readonly onFault?: (error: unknown) => void;
}

export interface StateProxy {
  /** Value of TF_HTTP_ADDRESS, TF_HTTP_LOCK_ADDRESS and TF_HTTP_UNLOCK_ADDRESS. */
  readonly address: string;
  /** The body that the tool read last, and the one it wrote last, while the proxy and its folder live. */
  lastRead(): KnownState | undefined;
  lastCommitted(): KnownState | undefined;
  /** Told what is current, without having asked. */
  hear(current: StateGetResponse | null): void;
  /** Commits a state file that the tool could not send, such as `errored.tfstate`, by the same rules. */
  commitFile(path: string): Promise<KnownState>;
  close(): Promise<void>;
}

const MAX_LOCK_BYTES = 64 * 1024;
const SMALL_BYTES = 256 * 1024;
const TEN_MINUTES = 10 * 60_000;

/** A step of the tool's request was wrong in a way that the tool is told. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Serves the run's state to the tool by Terraform's HTTP backend protocol, and to no one else. */
export async function startStateProxy(options: StateProxyOptions): Promise<StateProxy> {
  const session = new StateSession({ api: options.api, spoolFolder: options.spoolFolder, retryForMs: options.retryForMs ?? TEN_MINUTES, onUnsent: options.onUnsent, onFault: options.onFault });
  const path = `/state/${options.workspace}`;
  const credentials = digest(`Basic ${Buffer.from(`${options.username}:${options.password}`).toString('base64')}`);

  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    void answer(request, response).catch((error: unknown) => refuse(request, response, error, options.onFault));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), credentials)) throw new Refusal(401, 'wrong credentials');
    const url = new URL(request.url ?? '/', 'http://proxy');
    if (url.pathname !== path) throw new Refusal(404, 'no such state');
    const access = options.access();
    if (access === 'none') throw new Refusal(403, 'the state is closed in this phase');
    switch (request.method) {
      case 'GET':
        return sendState(response, await session.read());
      case 'POST':
        if (access !== 'write') throw new Refusal(403, 'the state cannot be written in this phase');
        await session.write(request, { lockId: url.searchParams.get('ID'), expectedMd5: request.headers['content-md5'] as string | undefined });
        return send(response, 200);
      case 'DELETE':
        if (access !== 'write') throw new Refusal(403, 'the state cannot be deleted in this phase');
        await session.remove();
        return send(response, 200);
      case 'LOCK': {
        const { holder } = await session.lock(await lockDocument(request));
        return holder === null ? send(response, 200) : send(response, 423, holder);
      }
      case 'UNLOCK':
        await session.unlock(await lockDocument(request, true));
        return send(response, 200);
      default:
        throw new Refusal(405, 'no such method');
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.bind.port, options.bind.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = options.bind.host.includes(':') ? `[${options.bind.host}]` : options.bind.host;
  return {
    address: `http://${host}:${port}${path}`,
    lastRead: () => session.lastRead(),
    lastCommitted: () => session.lastCommitted(),
    hear: (current) => session.hear(current),
    commitFile: (file) => session.commitFile(file),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await session.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function send(response: ServerResponse, status: number, body = ''): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}

/** 204 tells the tool that there is no state yet, so it is never the answer to a fault. */
async function sendState(response: ServerResponse, state: KnownState | undefined): Promise<void> {
  if (state === undefined) return void response.writeHead(204).end();
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': state.bytes, 'content-md5': state.md5 });
  // The tool waits for it.
  if (state.bytes <= SMALL_BYTES) response.end(readFileSync(state.path));
  else await pipeline(createReadStream(state.path), response);
}

async function lockDocument(request: IncomingMessage, mayBeEmpty = false): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_LOCK_BYTES) throw new Refusal(413, 'the lock document is too large');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text.trim() === '' && mayBeEmpty) return '';
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document === 'object' && document !== null) return text;
  } catch {
    // Falls through to the refusal.
  }
  throw new Refusal(400, 'the lock document is not a JSON object');
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown, onFault: StateProxyOptions['onFault']): void {
  const status = statusFor(error);
  if (status >= 500) onFault?.(error);
  if (response.headersSent) return void response.destroy();
  // What is left of the body is not read, so the connection cannot be used again.
  if (!request.complete) response.setHeader('connection', 'close');
  if (status === 401) response.setHeader('www-authenticate', 'Basic realm="state"');
  send(response, status, JSON.stringify({ error: status >= 500 ? 'the state could not be reached' : (error as Error).message }));
}

function statusFor(error: unknown): number {
  if (error instanceof Refusal) return error.status;
  if (error instanceof JsonSyntaxError || error instanceof StateFormatError) return 400;
  if (error instanceof StateTooLarge) return 413;
  const status = finalStatus(error);
  // A lost session or lease is no wrong password of the tool.
  return status === undefined || status === 401 ? 503 : status === 404 ? 503 : status;
}
