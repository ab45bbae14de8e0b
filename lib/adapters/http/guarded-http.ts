import { lookup } from 'node:dns/promises';
import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { HttpCall, HttpOutcome, HttpSender } from '../../core/ports/http-sender.ts';
import { proxyFor, type OutboundProxy } from './proxy.ts';
import { hostOf, isAdmitted, isOpen, NOTHING_ADMITTED, refusalOf, type Admitted } from './addresses.ts';

export interface GuardedHttpOptions {
  readonly admitted?: Admitted;
  /** All addresses of a name. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  /** What stands between the server and the internet: it resolves names, so only what a URL itself says is judged. */
  readonly proxy?: OutboundProxy | undefined;
  /** Certificates trusted beside the usual ones, as PEM. */
  readonly ca?: string;
}

class Refused extends Error {}

const addressesOf = async (host: string): Promise<readonly string[]> => (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * Resolves a name once, refuses it when any of its addresses is closed, and connects to the address that was judged, under the name's
 * Host and certificate: a name that answers otherwise the next time gains nothing.
 */
export function guardedHttp({ admitted = NOTHING_ADMITTED, resolve = addressesOf, proxy, ca }: GuardedHttpOptions = {}): HttpSender {
  async function openAddress(url: URL): Promise<string> {
    const host = hostOf(url);
    const addresses = isIP(host) === 0 ? await resolve(host) : [host];
    const [first] = addresses;
    if (first === undefined) throw new Error(`${host} has no address`);
    const byName = admitted.hosts.includes(host);
    if (!addresses.every((address) => isOpen(address, admitted, byName))) throw new Refused('its address is not a public one');
    if (url.protocol === 'http:' && !isAdmitted(host, admitted) && !isAdmitted(first, admitted)) throw new Refused('it must begin with https://');
    return first;
  }

  async function exchange(call: HttpCall, signal: AbortSignal): Promise<HttpOutcome> {
    const refusal = refusalOf(call.url, admitted);
    if (refusal !== undefined) throw new Refused(refusal);
    const url = new URL(call.url);
    const secure = url.protocol === 'https:';
    const proxyEnv = proxyFor(proxy, url.protocol, hostOf(url));
    if (proxyEnv !== undefined && !secure && !isAdmitted(hostOf(url), admitted)) throw new Refused('it must begin with https://');
    const address = proxyEnv === undefined ? await within(openAddress(url), signal) : '';
    const pinned: LookupFunction = (_host, options, found) => {
      const family = isIP(address);
      if (options.all === true) found(null, [{ address, family }]);
      else found(null, address, family);
    };
    const body = Buffer.from(call.body, 'utf8');
    const options: RequestOptions & https.RequestOptions = {
      method: call.method, headers: { ...call.headers, 'content-length': body.length, connection: 'close' }, signal,
      ...(proxyEnv === undefined ? { agent: false, lookup: pinned } : { agent: secure ? new https.Agent({ proxyEnv, ...(ca === undefined ? {} : { ca }) }) : new http.Agent({ proxyEnv }) }),
      ...(secure && ca !== undefined ? { ca } : {}), ...(secure && isIP(hostOf(url)) === 0 ? { servername: hostOf(url) } : {}),
    };
    const answer = await new Promise<IncomingMessage>((settle, fail) => {
      const request = (secure ? https : http).request(url, options, settle);
      request.on('error', fail);
      request.end(call.method === 'GET' || call.method === 'HEAD' ? undefined : body);
    });
    return { status: answer.statusCode ?? 0, headers: answer.headers, ...(await firstBytes(answer, call.maxAnswerBytes)) };
  }

  return {
    refusal: (url) => refusalOf(url, admitted),
    async send(call) {
      const deadline = AbortSignal.timeout(call.deadlineMs);
      try {
        return await exchange(call, deadline);
      } catch (error) {
        if (error instanceof Refused) return { fault: 'refused', message: `nothing is sent to ${shown(call.url)}: ${error.message}` };
        if (deadline.aborted) return { fault: 'network', message: `no answer within ${call.deadlineMs / 1000} s` };
        return { fault: 'network', message: wordsOf(error) };
      }
    },
  };
}

/** Enough of the answer; the rest is not waited for. */
async function firstBytes(answer: IncomingMessage, limit: number): Promise<{ readonly body: Buffer; readonly cut: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > limit) break;
  }
  answer.destroy();
  const whole = Buffer.concat(chunks);
  return { body: whole.subarray(0, limit), cut: whole.length > limit };
}

/** Resolving cannot be ended from outside, but nobody needs to wait for it. */
function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((settle, fail) => {
    signal.addEventListener('abort', () => fail(signal.reason as Error), { once: true });
    work.then(settle, fail);
  });
}

const shown = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'this address');

function wordsOf(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return typeof code === 'string' && typeof message === 'string' ? `${code}: ${message}`.slice(0, 300) : String(message).slice(0, 300);
}
