import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { digestOf, MEDIA } from './digest.ts';

const MANIFESTS = [MEDIA.index, MEDIA.manifest, 'application/vnd.docker.distribution.manifest.list.v2+json', 'application/vnd.docker.distribution.manifest.v2+json'].join(', ');

export interface RegistryOptions {
  /** `https://host`. */
  readonly endpoint: string;
  readonly repository: string;
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly fetch?: (url: string, init?: RequestInit) => Promise<Response>;
}

interface Call {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Made anew for each try. */
  readonly body?: () => NonNullable<RequestInit['body']>;
}

/** A repository of images, by the calls that all registries have in common. Every content is checked against its digest. */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #fetch: NonNullable<RegistryOptions['fetch']>;
  #authorization: string | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#fetch = options.fetch ?? fetch;
    if (options.credentials !== undefined) this.#authorization = basic(options.credentials);
  }

  /** A manifest or index by tag or digest. */
  async manifest(reference: string): Promise<{ readonly mediaType: string; readonly content: Buffer }> {
    const answer = await this.#send({ method: 'GET', url: this.#url(`manifests/${reference}`), headers: { accept: MANIFESTS } });
    if (!answer.ok) throw refusal('a manifest', answer);
    const content = Buffer.from(await answer.arrayBuffer());
    if (reference.startsWith('sha256:') && digestOf(content) !== reference) throw new Error(`the registry answered another manifest than ${reference}`);
    return { mediaType: answer.headers.get('content-type') ?? '', content };
  }

  /** Saves a blob to a file, which is there only when it is whole. */
  async saveBlob(digest: string, path: string): Promise<void> {
    const answer = await this.#send({ method: 'GET', url: this.#url(`blobs/${digest}`) });
    if (!answer.ok || answer.body === null) throw refusal('a blob', answer);
    const hash = createHash('sha256');
    const hashing = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(answer.body), hashing, createWriteStream(`${path}.part`));
    if (`sha256:${hash.digest('hex')}` !== digest) throw new Error(`the registry answered another blob than ${digest}`);
    await rename(`${path}.part`, path);
  }

  async hasBlob(digest: string): Promise<boolean> {
    return (await this.#send({ method: 'HEAD', url: this.#url(`blobs/${digest}`) })).ok;
  }

  /** Sends a blob that the registry does not have. */
  async putBlob(digest: string, path: string): Promise<boolean> {
    if (await this.hasBlob(digest)) return false;
    const begun = await this.#send({ method: 'POST', url: this.#url('blobs/uploads/'), headers: { 'content-length': '0' } });
    const location = begun.headers.get('location');
    if (begun.status !== 202 || location === null) throw refusal('an upload', begun);
    const url = new URL(location, this.#options.endpoint);
    url.searchParams.set('digest', digest);
    const { size } = await stat(path);
    const answer = await this.#send({
      method: 'PUT',
      url: url.href,
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
      body: () => Readable.toWeb(createReadStream(path)) as NonNullable<RequestInit['body']>,
    });
    if (answer.status !== 201) throw refusal('a blob', answer);
    return true;
  }

  async putManifest(reference: string, mediaType: string, content: Buffer): Promise<void> {
    const answer = await this.#send({ method: 'PUT', url: this.#url(`manifests/${reference}`), headers: { 'content-type': mediaType }, body: () => new Uint8Array(content) });
    if (answer.status !== 201) throw refusal('a manifest', answer);
  }

  #url(path: string): string {
    return `${this.#options.endpoint.replace(/\/$/, '')}/v2/${this.#options.repository}/${path}`;
  }

  async #send(call: Call): Promise<Response> {
    const answer = await this.#once(call);
    const challenge = answer.status === 401 ? /^Bearer (.*)$/i.exec(answer.headers.get('www-authenticate') ?? '')?.[1] : undefined;
    if (challenge === undefined) return answer;
    this.#authorization = `Bearer ${await this.#token(challenge)}`;
    return this.#once(call);
  }

  #once({ method, url, headers, body }: Call): Promise<Response> {
    // What an upload is sent to may be another host's, which the registry's word is not for.
    const own = new URL(url).host === new URL(this.#options.endpoint).host && this.#authorization !== undefined ? { authorization: this.#authorization } : {};
    return this.#fetch(url, { method, headers: { ...headers, ...own }, ...(body === undefined ? {} : { body: body(), duplex: 'half' }) });
  }

  /** Where a registry gives tokens, its challenge says. */
  async #token(challenge: string): Promise<string> {
    const { realm = '', ...query } = Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value] as const));
    const answer = await this.#fetch(`${realm}?${new URLSearchParams(query).toString()}`, this.#options.credentials === undefined ? {} : { headers: { authorization: basic(this.#options.credentials) } });
    if (!answer.ok) throw refusal('a token', answer);
    const { token, access_token } = (await answer.json()) as { readonly token?: string; readonly access_token?: string };
    return token ?? access_token ?? '';
  }
}

const basic = ({ username, password }: { readonly username: string; readonly password: string }): string => `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

const refusal = (what: string, answer: Response): Error => new Error(`the registry refused ${what} (${answer.status})`);
