import { setTimeout as sleep } from 'node:timers/promises';
import { documentOf, operationsOf, type ClientOperation } from './facts.ts';
import { goTransport, type Transport } from './go-transport.ts';

export interface SpacectlOptions {
  /** Address of the installation, without `/graphql`. */
  readonly endpoint: string;
  readonly apiKey: { readonly id: string; readonly secret: string };
  readonly transport?: Transport;
  readonly sleep?: (ms: number) => Promise<unknown>;
}

export interface SentRequest {
  readonly operation: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly tookMs: number;
}

/** What the command prints on stderr before it exits 1. */
export class CommandFailed extends Error {
  override name = 'CommandFailed';
}

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string }[];
}

/** One start of the program: its preamble, its token, and what it sent. */
export class SpacectlSession {
  readonly sent: SentRequest[] = [];
  readonly options: SpacectlOptions;
  #token: string | undefined;
  readonly #operations: ReadonlyMap<string, ClientOperation>;

  private constructor(options: SpacectlOptions, operations: readonly ClientOperation[]) {
    this.options = options;
    this.#operations = new Map(operations.map((operation) => [operation.name, operation]));
  }

  /** Every start exchanges the key and asks for the version; the command then exchanges the key once more. */
  static async start(options: SpacectlOptions): Promise<SpacectlSession> {
    const session = new SpacectlSession(options, await operationsOf('spacectl'));
    await session.exchangeKey();
    await session.ask('version');
    await session.exchangeKey();
    return session;
  }

  async exchangeKey(): Promise<void> {
    this.#token = undefined;
    const { apiKeyUser } = (await this.ask('key exchange', { ...this.options.apiKey })) as { readonly apiKeyUser: { readonly jwt: string; readonly validUntil: number } | null };
    if (apiKeyUser === null) throw new CommandFailed('the API key was refused');
    audienceOf(apiKeyUser.jwt);
    this.#token = apiKeyUser.jwt;
  }

  /** Sends an operation by its name in `spacectl.json`. An error that says `unauthorized` makes it look whether the session is the reason. */
  async ask(name: string, variables: Readonly<Record<string, unknown>> = {}, headers: Readonly<Record<string, string>> = {}): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.#send(name, variables, headers);
    const [error] = answer.errors ?? [];
    if (error === undefined) return answer.data ?? {};
    if (!error.message.includes('unauthorized')) throw new CommandFailed(error.message);
    const viewer = (await this.#send('session check', {}, {})).data?.['viewer'] ?? null;
    throw new CommandFailed(viewer === null ? 'you are not logged in: unauthorized' : `you have no access to this: ${error.message}`);
  }

  async #send(name: string, variables: Readonly<Record<string, unknown>>, extra: Readonly<Record<string, string>>): Promise<Answer> {
    const operation = this.#operations.get(name);
    if (operation === undefined) throw new Error(`the client has no operation "${name}"`);
    const signedIn: Record<string, string> =
      this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}`, 'spacelift-client-type': 'spacectl', 'spacelift-client-os': 'linux' };
    const headers = { 'content-type': 'application/json', ...signedIn, ...extra };
    const from = performance.now();
    const response = await (this.options.transport ?? goTransport)({
      method: 'POST',
      url: `${this.options.endpoint}/graphql`,
      headers,
      body: Buffer.from(JSON.stringify({ query: documentOf(operation), variables })),
    });
    this.sent.push({ operation: name, variables, headers, tookMs: performance.now() - from });
    if (response.status !== 200) throw new CommandFailed(`non-200 OK status code: ${response.status} body: ${response.body.toString()}`);
    return JSON.parse(response.body.toString()) as Answer;
  }

  /** A plain request outside the API, without the session. */
  async fetch(method: 'GET' | 'PUT', url: string, headers: Readonly<Record<string, string>> = {}, body?: Buffer): Promise<Buffer> {
    const response = await (this.options.transport ?? goTransport)({ method, url, headers, ...(body ? { body } : {}) });
    if (response.status !== 200 && response.status !== 201) throw new CommandFailed(`unexpected response code ${response.status}`);
    return response.body;
  }

  async sleep(seconds: number): Promise<void> {
    if (seconds > 0) await (this.options.sleep ?? sleep)(seconds * 1000);
  }
}

/** The program reads its token without asking first: one audience and an end, or it crashes. */
function audienceOf(jwt: string): string {
  const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as { readonly aud?: unknown; readonly exp?: unknown };
  const audiences = Array.isArray(claims.aud) ? (claims.aud as readonly unknown[]) : [claims.aud];
  const [audience] = audiences;
  if (audiences.length !== 1 || typeof audience !== 'string') throw new CommandFailed(`unexpected audience: ${JSON.stringify(claims.aud)}`);
  if (typeof claims.exp !== 'number') throw new CommandFailed('the token has no end');
  return audience;
}
