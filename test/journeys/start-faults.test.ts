// The machine's alone: a function that cannot start for want of a setting is in test/cloud/template.test.ts.
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { scratchFolder } from '../support/scratch.ts';
import { copySetUpFolder, startServer } from '../support/server.ts';
import { startAndEnd, startAndStop, type Ended } from '../support/start-and-end.ts';

const UNPRIVILEGED = 65_534;

describe('a server that cannot start', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  before(async () => {
    folder = await scratchFolder('faults');
    // Builds the bundle once, and shows that the same settings start otherwise.
    const server = await startServer({ environment: { EMBEDDED_WORKER: 'off' } });
    await server.stop();
  });
  after(() => folder.remove());

  const refused = (ended: Ended, ...words: readonly RegExp[]) => {
    expect(ended.code).toBe(2);
    const lines = ended.stderr.trim().split('\n');
    expect(lines).toHaveLength(words.length);
    words.forEach((word, index) => expect(lines[index]).toMatch(word));
    expect(ended.stderr).not.toMatch(/\n\s+at /);
  };

  it('says so when its data folder lies under a regular file', async () => {
    await writeFile(join(folder.path, 'file'), '');
    refused(await startAndEnd({ WINDLASS_DATA: join(folder.path, 'file', 'data') }), /WINDLASS_DATA: .*regular file/);
  });

  it('says so when another user owns its data folder', async () => {
    const path = join(folder.path, 'foreign');
    await mkdir(path, { mode: 0o755 });
    if (process.getuid?.() === 0) {
      await chmod(folder.path, 0o755);
      refused(await startAndEnd({ WINDLASS_DATA: path, HOME: '/' }, UNPRIVILEGED), /WINDLASS_DATA: .*belongs to another user \(uid 0\)/);
    } else {
      // Not root: a folder of root's serves as well.
      refused(await startAndEnd({ WINDLASS_DATA: '/usr' }), /WINDLASS_DATA: .*(belongs to another user|may not write)/);
    }
  });

  it('says so when this user may not write there', async () => {
    if (process.getuid?.() !== 0) return refused(await startAndEnd({ WINDLASS_DATA: '/usr/windlass' }), /WINDLASS_DATA: .*may not write there/);
    const path = join(folder.path, 'closed');
    await mkdir(path, { mode: 0o500 });
    await chown(path, UNPRIVILEGED, UNPRIVILEGED);
    refused(await startAndEnd({ WINDLASS_DATA: join(path, 'data') }, UNPRIVILEGED), /WINDLASS_DATA: .*may not write there/);
  });

  it('says so when its port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    await copySetUpFolder(join(folder.path, 'port'));
    refused(await startAndEnd({ WINDLASS_DATA: join(folder.path, 'port'), WINDLASS_LISTEN: `127.0.0.1:${port}` }), new RegExp(`WINDLASS_LISTEN: cannot listen on 127.0.0.1:${port}: the port is in use`));
    refused(await startAndEnd({ WINDLASS_DATA: join(folder.path, 'port'), WINDLASS_MQTT_LISTEN: `127.0.0.1:${port}` }), new RegExp(`WINDLASS_MQTT_LISTEN: cannot listen on 127.0.0.1:${port}: the port is in use`));
    await new Promise((resolve) => other.close(resolve));
  });

  it('names every bad value at once', async () => {
    refused(await startAndEnd({ WINDLASS_DATA: folder.path, EMBEDDED_WORKER_COUNT: 'two', LOG_FORMAT: 'xml' }), /^windlass: EMBEDDED_WORKER_COUNT: "two"/, /^windlass: LOG_FORMAT: "xml"/);
  });

  it('names the database that does not answer, without its password', async () => {
    await copySetUpFolder(join(folder.path, 'pg'));
    const ended = await startAndEnd({ WINDLASS_DATA: join(folder.path, 'pg'), DATABASE_URL: 'postgres://windlass:hunter2@127.0.0.1:1/windlass' });
    refused(ended, /DATABASE_URL: the database at 127\.0\.0\.1:1 cannot be used/);
    expect(ended.stdout + ended.stderr).not.toContain('hunter2');
  });

  it('refuses a folder that a live server holds, with its pid, and leaves that one alone', async () => {
    const data = join(folder.path, 'held');
    await copySetUpFolder(data);
    const server = await startServer({ folder: data, environment: { EMBEDDED_WORKER: 'off' } });
    refused(await startAndEnd({ WINDLASS_DATA: data }), new RegExp(`in use by the server with pid ${server.pid}`));
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    await server.stop();
  });

  it('starts again after it was killed outright', async () => {
    const data = join(folder.path, 'killed');
    await copySetUpFolder(data);
    const first = await startServer({ folder: data, environment: { EMBEDDED_WORKER: 'off' } });
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    const second = await startServer({ folder: data, environment: { EMBEDDED_WORKER: 'off' } });
    expect((await fetch(`${second.url}/health/deep`)).status).toBe(200);
    await second.stop();
  });

  it('starts again after it was killed over the making of its database, or over opening it', async () => {
    const data = join(folder.path, 'cut-short');
    await mkdir(join(data, 'db.new', 'base'), { recursive: true });
    await writeFile(join(data, 'db.new', 'PG_VERSION'), '17\n');
    const first = await startServer({ folder: data, environment: { EMBEDDED_WORKER: 'off' } });
    await first.stop();
    await writeFile(join(data, 'db', 'postmaster.pid'), '');
    const second = await startServer({ folder: data, environment: { EMBEDDED_WORKER: 'off' } });
    expect((await fetch(`${second.url}/health/deep`)).status).toBe(200);
    await second.stop();
  });

  it('ends within ten seconds of SIGTERM, with exit code 0', async () => {
    const data = join(folder.path, 'term');
    await copySetUpFolder(data);
    const { code, ms, last } = await startAndStop({ WINDLASS_DATA: data }, 'ready');
    expect(code).toBe(0);
    expect(ms).toBeLessThan(10_000);
    expect(last).toContain('"msg":"stopped"');
  });

  it('ends as well when it is told to while it is starting, with everything closed', async () => {
    const data = join(folder.path, 'term-early');
    const { code, ms, last } = await startAndStop({ WINDLASS_DATA: data }, 'schema brought up to date');
    expect(code).toBe(0);
    expect(ms).toBeLessThan(10_000);
    expect(last).toContain('"msg":"stopped"');
    expect(existsSync(join(data, 'lock'))).toBe(false);
  });
});
