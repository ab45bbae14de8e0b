import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import type { ServerProcess } from '../../lib/demo/server-process.ts';
import { ownName } from '../../lib/runtime/own-address.ts';
import { eventually } from '../support/eventually.ts';
import { scratchFolder } from '../support/scratch.ts';
import { serverCertificate } from '../support/server-certificate.ts';
import { startServer } from '../support/server.ts';

describe('the name by which workers beside the server call it', () => {
  it('is the address it listens on, and the loopback one for the wildcard', () => {
    expect(ownName('127.0.0.1', null, null)).toBe('127.0.0.1');
    expect(ownName('0.0.0.0', null, 'windlass.example.com')).toBe('127.0.0.1');
    expect(ownName('::', null, null)).toBe('::1');
  });

  it('is one that the certificate is for', async () => {
    const name = async (host: string, domain: string | null, ...names: readonly string[]) => ownName(host, await serverCertificate(...names), domain);

    expect(await name('127.0.0.1', null, '127.0.0.1', 'localhost')).toBe('127.0.0.1');
    expect(await name('127.0.0.1', null, 'localhost')).toBe('localhost');
    expect(await name('0.0.0.0', 'windlass.example.com:8443', '*.example.com')).toBe('windlass.example.com');
    await expect(name('0.0.0.0', 'windlass.example.com', 'other.example.org')).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(/^WINDLASS_TLS_CERT: .*127\.0\.0\.1, localhost, windlass\.example\.com.*EMBEDDED_WORKER=off$/) });
    await expect(name('10.0.0.5', null, 'localhost')).rejects.toMatchObject({ exitCode: 2 });
  });
});

describe('workers beside a server', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  before(async () => {
    folder = await scratchFolder('own-address');
  });
  after(() => folder.remove());

  async function connected(name: string, environment: Readonly<Record<string, string>>): Promise<ServerProcess> {
    const server = await startServer({ folder: join(folder.path, name), environment: { EMBEDDED_WORKER_COUNT: '1', ...environment } });
    const log = join(folder.path, name, 'worker', 'launcher-1.log');
    await eventually('the broker', async () => (await readFile(log, 'utf8')).includes('connected to the broker')).catch(async (error: unknown) => {
      await server.stop();
      throw new Error(await readFile(log, 'utf8'), { cause: error });
    });
    return server;
  }

  it('reach its broker although its public name leads elsewhere', async () => {
    const server = await connected('domain', { SERVER_DOMAIN: 'windlass.invalid' });
    expect(server.url).toBe('https://windlass.invalid');
    await server.stop();
  });

  it('trust the certificate that it was given, self-signed as it may be', async () => {
    const { cert, key } = await serverCertificate('localhost');
    const files = { WINDLASS_TLS_CERT: join(folder.path, 'cert.pem'), WINDLASS_TLS_KEY: join(folder.path, 'key.pem') };
    await Promise.all([writeFile(files.WINDLASS_TLS_CERT, cert), writeFile(files.WINDLASS_TLS_KEY, key)]);

    const server = await connected('tls', files);
    expect(server.url).toMatch(/^https:/);
    await server.stop();
  });
});
