import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Settings } from '../../lib/core/ports/settings.ts';

/** A host of release lists on this machine, in the publishers' own forms, that tells by a tag whether they have changed. */
export interface ReleaseLists {
  readonly url: string;
  readonly addresses: NonNullable<Settings['toolLists']>;
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly status: number }[];
  /** What is listed from now on. */
  list(tool: 'terraform' | 'opentofu', versions: readonly string[]): void;
  /** Answers with this instead, until it is taken back. */
  fail(answer: { readonly status: number; readonly body: string } | undefined): void;
  close(): Promise<void>;
}

export async function releaseLists(): Promise<ReleaseLists> {
  const bodies = new Map<string, string>();
  const requests: { path: string; headers: IncomingHttpHeaders; status: number }[] = [];
  let failure: { readonly status: number; readonly body: string } | undefined;
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const body = failure?.body ?? bodies.get(path) ?? '';
    const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 12)}"`;
    const status = failure?.status ?? (bodies.has(path) ? (request.headers['if-none-match'] === etag ? 304 : 200) : 404);
    requests.push({ path, headers: request.headers, status });
    response.writeHead(status, { 'content-type': 'application/json', etag }).end(status === 304 ? undefined : body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const addresses = { TERRAFORM_FOSS: `${url}/terraform/index.json`, OPEN_TOFU: `${url}/opentofu/api.json` };
  return {
    url, addresses, requests,
    list(tool, versions) {
      const build = (version: string) => ({ name: 'terraform', version, os: 'linux', arch: 'amd64', filename: `terraform_${version}_linux_amd64.zip` });
      const entry = (version: string) => [version, { name: 'terraform', version, builds: [build(version)] }] as const;
      const terraform = () => ({ name: 'terraform', versions: Object.fromEntries(versions.map(entry)) });
      const openTofu = () => ({ versions: versions.map((id) => ({ id, files: [`tofu_${id}_linux_amd64.zip`] })) });
      bodies.set(tool === 'terraform' ? '/terraform/index.json' : '/opentofu/api.json', JSON.stringify(tool === 'terraform' ? terraform() : openTofu()));
    },
    fail: (answer) => void (failure = answer),
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
