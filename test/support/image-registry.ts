import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const sha256 = (content: Uint8Array): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

export interface ImageRegistry {
  readonly url: string;
  readonly blobs: Map<string, Buffer>;
  /** By tag and by digest. */
  readonly manifests: Map<string, { readonly mediaType: string; readonly content: Buffer }>;
  readonly requests: string[];
  /** Answers this content in place of a blob's. */
  readonly damaged: Map<string, Buffer>;
  add(mediaType: string, content: Buffer): { readonly mediaType: string; readonly digest: string; readonly size: number };
  close(): Promise<void>;
}

/**
 * The calls of a registry that pulling and pushing need, with its own checks: contents have the digests that are said, and a manifest's parts are
 * there before it. `token`: who asks must first fetch a token with the name and password.
 */
export async function imageRegistry(options: { readonly username: string; readonly password: string; readonly token?: boolean }): Promise<ImageRegistry> {
  const uploads = new Set<string>();
  const login = `Basic ${Buffer.from(`${options.username}:${options.password}`).toString('base64')}`;
  const token = randomUUID();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', registry.url);
    const end = (status: number, headers: Record<string, string> = {}, body?: Buffer | string) => void response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
    const body = await bodyOf(request);
    registry.requests.push(`${request.method} ${url.pathname}`);
    if (url.pathname === '/token') return request.headers.authorization === login ? end(200, { 'content-type': 'application/json' }, JSON.stringify({ token })) : end(401);
    if (request.headers.authorization !== (options.token ? `Bearer ${token}` : login)) return end(401, { 'www-authenticate': options.token ? `Bearer realm="${registry.url}/token",service="images",scope="repository:x:pull,push"` : 'Basic realm="images"' });

    const [, kind, reference = ''] = /^\/v2\/[a-z0-9/-]+?\/(blobs|manifests)\/(.*)$/.exec(url.pathname) ?? [];
    const { method } = request;
    if (kind === 'blobs' && method === 'POST') {
      const id = randomUUID();
      uploads.add(id);
      return end(202, { location: `${url.pathname}${id}?state=1` });
    }
    if (kind === 'blobs' && method === 'PUT') {
      const digest = url.searchParams.get('digest') ?? '';
      if (!uploads.delete(reference.replace('uploads/', '')) || sha256(body) !== digest || url.searchParams.get('state') !== '1') return end(400);
      registry.blobs.set(digest, body);
      return end(201);
    }
    if (kind === 'blobs') {
      const content = registry.damaged.get(reference) ?? registry.blobs.get(reference);
      return content === undefined ? end(404) : end(200, { 'content-length': String(content.length) }, content);
    }
    if (kind === 'manifests' && method === 'PUT') {
      const parts = partsOf(JSON.parse(body.toString('utf8')) as Parts);
      if (parts.some((digest) => !registry.blobs.has(digest) && !registry.manifests.has(digest))) return end(400);
      if (reference.startsWith('sha256:') && reference !== sha256(body)) return end(400);
      const manifest = { mediaType: String(request.headers['content-type']), content: body };
      registry.manifests.set(reference, manifest).set(sha256(body), manifest);
      return end(201);
    }
    const manifest = kind === 'manifests' ? registry.manifests.get(reference) : undefined;
    return manifest === undefined ? end(404) : end(200, { 'content-type': manifest.mediaType }, manifest.content);
  }

  const server = createServer((request, response) => void answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error))));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const registry: ImageRegistry = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    blobs: new Map(),
    manifests: new Map(),
    requests: [],
    damaged: new Map(),
    add(mediaType, content) {
      const digest = sha256(content);
      if (mediaType.includes('manifest') || mediaType.includes('index')) registry.manifests.set(digest, { mediaType, content });
      else registry.blobs.set(digest, content);
      return { mediaType, digest, size: content.length };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return registry;
}

interface Parts {
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
  readonly manifests?: readonly { readonly digest: string }[];
}

const partsOf = ({ config, layers = [], manifests = [] }: Parts): readonly string[] => [...(config ? [config] : []), ...layers, ...manifests].map(({ digest }) => digest);

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
