import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { getCACertificates } from 'node:tls';
import type { GitCredentials } from '../../../core/ports/vcs.ts';
import { invalid, unavailable, type AppError } from '../../../core/shared/errors.ts';
import { proxyFor, type OutboundProxy } from '../../http/proxy.ts';
import { refused, repositoryGone } from '../git-errors.ts';

export interface TransportOptions {
  readonly proxy?: OutboundProxy | undefined;
  /** Certificates trusted beside the usual ones, as PEM. */
  readonly ca?: string | undefined;
  readonly maxAnswerBytes: number;
  /** What to do about a host that asks for credentials where there are none. */
  readonly withoutCredentials?: string | undefined;
  /** Where credentials are kept, as messages call it. */
  readonly credentialsFrom?: string | undefined;
}

/** One repository during one call: every request ends by the same deadline. */
export interface Exchange {
  readonly url: string;
  readonly credentials: GitCredentials | undefined;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

const ADVERTISEMENT = '/info/refs?service=git-upload-pack';
const MAX_REDIRECTS = 5;
const MAX_REASON = 200;

/** The two requests that reading a repository takes, over Node's own client. What fails is said in the caller's terms. */
export function transport(options: TransportOptions) {
  const trusted = options.ca === undefined ? {} : { ca: [...getCACertificates('default'), options.ca] };

  function send(exchange: Exchange, url: URL, body: string | undefined): Promise<IncomingMessage> {
    const secure = url.protocol === 'https:';
    const proxyEnv = proxyFor(options.proxy, url.protocol, url.hostname);
    const agent = secure ? new https.Agent({ ...trusted, ...(proxyEnv && { proxyEnv }) }) : new http.Agent({ ...(proxyEnv && { proxyEnv }) });
    // Credentials are for the host that the repository's own address names.
    const login = url.origin === new URL(exchange.url).origin ? exchange.credentials : undefined;
    const request: RequestOptions = {
      agent,
      method: body === undefined ? 'GET' : 'POST',
      signal: exchange.signal,
      headers: {
        'user-agent': 'git/windlass',
        'git-protocol': 'version=2',
        ...(login && { authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}` }),
        ...(body !== undefined && {
          accept: 'application/x-git-upload-pack-result',
          'content-type': 'application/x-git-upload-pack-request',
          'content-length': Buffer.byteLength(body),
        }),
      },
    };
    return new Promise((settle, fail) => {
      (secure ? https : http).request(url, request, settle).on('error', fail).end(body);
    });
  }

  async function read(exchange: Exchange, answer: IncomingMessage): Promise<Buffer> {
    const parts: Buffer[] = [];
    let bytes = 0;
    for await (const part of answer as AsyncIterable<Buffer>) {
      if ((bytes += part.length) > options.maxAnswerBytes) {
        answer.destroy();
        throw tooLarge(exchange.url, `an answer of it passes ${Math.floor(options.maxAnswerBytes / 1024)} KiB`);
      }
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  /** Follows redirects only before anything is sent along, and never from https to http. */
  async function request(exchange: Exchange, first: URL, body: string | undefined): Promise<{ readonly url: URL; readonly answer: Buffer }> {
    let url = first;
    for (let redirects = 0; ; redirects++) {
      const answer = await send(exchange, url, body);
      const status = answer.statusCode ?? 0;
      if (status === 200) return { url, answer: await read(exchange, answer) };
      answer.destroy();
      const { location } = answer.headers;
      if (status >= 300 && status < 400 && location !== undefined && body === undefined && redirects < MAX_REDIRECTS && URL.canParse(location, url.href)) {
        const next = new URL(location, url);
        if (next.protocol === 'https:' || (next.protocol === 'http:' && url.protocol === 'http:')) {
          url = next;
          continue;
        }
      }
      throw failure(exchange, status);
    }
  }

  function failure(exchange: Exchange, status: number): AppError {
    const { url } = exchange;
    if (status === 401 || status === 403) {
      const { credentialsFrom, withoutCredentials: without } = options;
      return refused({ url, credentialsFrom, hadCredentials: exchange.credentials !== undefined, ...(without !== undefined && { without }) });
    }
    if (status === 404 || status === 410) return repositoryGone(url);
    if (status >= 300 && status < 400) return unavailable(`repository ${url} cannot be reached: the host sends elsewhere in a way that is not followed`, { url, status });
    return unavailable(`repository ${url} cannot be reached: the host answered ${status}`, { url, status });
  }

  async function inTime<T>(exchange: Exchange, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { url } = exchange;
      if (exchange.signal.aborted) throw unavailable(`repository ${url} did not answer within ${exchange.deadlineMs / 1000} seconds`, { url }, { cause: error });
      if (!(error instanceof Error) || error.name === 'AppError') throw error;
      // A host with several addresses fails once for each.
      const [reason = error] = error instanceof AggregateError ? (error.errors as Error[]) : [];
      throw unavailable(`repository ${url} cannot be reached: ${reason.message.slice(0, MAX_REASON)}`, { url }, { cause: error });
    }
  }

  return {
    /** What the server says first, and the address under which it is to be asked on. */
    advertisement: (exchange: Exchange): Promise<{ readonly base: string; readonly answer: Buffer }> =>
      inTime(exchange, async () => {
        const { url, answer } = await request(exchange, new URL(`${exchange.url.replace(/\/+$/, '')}${ADVERTISEMENT}`), undefined);
        if (!url.href.endsWith(ADVERTISEMENT)) throw repositoryGone(exchange.url);
        return { base: url.href.slice(0, -ADVERTISEMENT.length), answer };
      }),
    ask: (exchange: Exchange, base: string, body: string): Promise<Buffer> =>
      inTime(exchange, async () => (await request(exchange, new URL(`${base}/git-upload-pack`), body)).answer),
  };
}

export const tooLarge = (url: string, why: string): AppError => invalid(`repository ${url} is too large to be read here: ${why}`, { url });
