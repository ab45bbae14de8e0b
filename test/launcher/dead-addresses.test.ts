import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { expect } from 'expect';
import { pack } from 'tar-stream';
import { launcherAgainstDouble, type TestLauncher } from '../support/launcher.ts';
import { needsTerraform } from '../support/requirements.ts';
import type { FakeRun } from '../support/worker-server.ts';

const MAIN = 'resource "terraform_data" "many" {\n  count = 400\n  input = count.index\n}\noutput "last" { value = terraform_data.many[399].output }\n';

describe('an address that dies with the credentials that signed it', needsTerraform, () => {
  let launcher: TestLauncher;

  before(async () => {
    launcher = await launcherAgainstDouble();
    const archive = pack();
    archive.entry({ name: 'main.tf' }, MAIN);
    archive.finalize();
    const parts: Buffer[] = [];
    for await (const part of archive as AsyncIterable<Buffer>) parts.push(part);
    launcher.server.objects.set('upload', gzipSync(Buffer.concat(parts)));
  });
  after(() => launcher.close());

  const withUpload = () => ({ source: { kind: 'upload' as const, url: launcher.server.objectUrl('upload') } });
  const asked = (run: FakeRun, path: string) => launcher.server.requests.filter((request) => request.path === `/runs/${run.id}/${path}`).length;

  it('is asked for anew once, whatever it leads to: nothing of the log, the results and the state is lost', async () => {
    const { server } = launcher;
    const died = new Set<string>();
    server.addressesDie((key, nth) => {
      const kind = key.split('/')[0] ?? '';
      // A workspace is put, then read; what is announced anew lies elsewhere.
      const isFirst = kind === 'workspace' ? nth % 2 === 1 : nth === 1;
      if (!isFirst || (['artifacts', 'state-uploads'].includes(kind) && died.has(kind))) return undefined;
      died.add(kind);
      return key.length % 2 === 0 ? 'ExpiredToken' : 'AccessDenied';
    });
    const run = server.addRun({ pkg: withUpload(), decision: 'release', archive: 'upload', log: ['[Ground Control] one'] });
    await server.released(run);
    server.confirm(run);
    await server.released(run, 2);
    server.addressesDie(undefined);

    expect(run.states).toEqual(['PREPARING', 'INITIALIZING', 'PLANNING', 'UNCONFIRMED', 'CONFIRMED', 'PREPARING_APPLY', 'APPLYING', 'FINISHED']);
    expect([...died].sort()).toEqual(['artifacts', 'logs', 'packages', 'state-uploads', 'upload', 'workspace']);
    expect([asked(run, 'package/download'), asked(run, 'source/download'), asked(run, 'workspace/download')]).toEqual([2, 1, 1]);
    expect(server.linesOf(run, 'PREPARING')[0]).toBe('[Ground Control] one');
    expect(server.linesOf(run, 'PLANNING').filter((line) => /terraform_data\.many\[\d+\] will be created/.test(line))).toHaveLength(400);
    expect(server.linesOf(run, 'APPLYING').filter((line) => /terraform_data\.many\[\d+\]: Creation complete/.test(line))).toHaveLength(400);
    for (const state of ['PREPARING', 'INITIALIZING', 'PLANNING', 'APPLYING']) expect(server.endMarker(run, state)).toEqual({ chunks: expect.any(Number) });
    expect((JSON.parse(server.state.body?.toString() ?? '{}') as { outputs: { last: { value: number } } }).outputs.last.value).toBe(399);
    expect(launcher.log.filter((line) => line.includes('a part of the run log is lost'))).toEqual([]);
  });

  it('is asked for anew where the state is read', async () => {
    const { server } = launcher;
    const run = server.addRun({ type: 'TASK', pkg: { ...withUpload(), run: { command: 'terraform output last' } } });
    const nthBefore = Number(new URL(server.objectUrl('state')).searchParams.get('sig'));
    server.addressesDie((key, nth) => (key === 'state' && nth === nthBefore + 1 ? 'ExpiredToken' : undefined));
    await server.released(run);
    server.addressesDie(undefined);

    expect(run.states.at(-1)).toBe('FINISHED');
    expect(server.log(run)).toContain('399');
  });

  it('ends the run with the reason when the new one is refused as well', async () => {
    const { server } = launcher;
    server.addressesDie((key) => (key.startsWith('packages/') ? 'AccessDenied' : undefined));
    const run = server.addRun({ pkg: withUpload() });
    await server.released(run);
    server.addressesDie(undefined);

    expect(run.releases[0]).toMatchObject({ outcome: 'failed', note: 'the object store answered 403' });
    expect(asked(run, 'package/download')).toBe(1);
  });
});
