import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { readNamedFiles } from '../../lib/runtime/named-files.ts';
import { scratchFolder } from '../support/scratch.ts';
import { serverCertificate } from '../support/server-certificate.ts';

describe('the files that settings name', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let good: { readonly cert: string; readonly key: string };
  before(async () => {
    folder = await scratchFolder('named-files');
    good = await serverCertificate('localhost');
  });
  after(() => folder.remove());

  async function file(name: string, text: string, mode = 0o600): Promise<string> {
    const path = join(folder.path, name);
    await writeFile(path, text);
    await chmod(path, mode);
    return path;
  }
  const judge = async (certificateFile: string, keyFile: string) => readNamedFiles({ tls: { certificateFile, keyFile }, gitCredentialsFile: null });

  it('are read', async () => {
    expect(await judge(await file('cert', good.cert), await file('key', good.key))).toEqual({ tls: good, faults: [] });
    expect(await readNamedFiles({ tls: null, gitCredentialsFile: await file('git', '{"https://git.example.com": {"username": "a", "password": "b"}}') })).toEqual({ tls: null, faults: [] });
    expect(await readNamedFiles({ tls: null, gitCredentialsFile: null })).toEqual({ tls: null, faults: [] });
  });

  it('are all reported at once when they are not there', async () => {
    const missing = (name: string) => join(folder.path, name);
    const { faults } = await readNamedFiles({ tls: { certificateFile: missing('c'), keyFile: missing('k') }, gitCredentialsFile: missing('g') });

    expect(new Set(faults)).toEqual(new Set([
      `WINDLASS_TLS_CERT: ${missing('c')} cannot be read: there is no such file`,
      `WINDLASS_TLS_KEY: ${missing('k')} cannot be read: there is no such file`,
      expect.stringMatching(/^GIT_CREDENTIALS_FILE: .* cannot be read/),
    ]));
  });

  it('of TLS are a certificate and the key that belongs to it', async () => {
    const cert = await file('cert', good.cert);
    const key = await file('key', good.key);
    const other = await file('other', (await serverCertificate('localhost')).key);

    expect((await judge(cert, other)).faults).toEqual([`WINDLASS_TLS_KEY: the key in ${other} does not belong to the first certificate in ${cert}`]);
    expect((await judge(key, cert)).faults).toEqual([expect.stringMatching(/^WINDLASS_TLS_CERT: .* is not a certificate in PEM$/), expect.stringMatching(/^WINDLASS_TLS_KEY: .* is not a private key in PEM/)]);
    expect((await judge(await file('empty', ''), key)).faults).toEqual([expect.stringMatching(/^WINDLASS_TLS_CERT: .* is not a certificate in PEM$/)]);
  });

  it('of git are closed to others and have the right shape, and the fault quotes none of it', async () => {
    const faultOf = async (text: string, mode?: number) => (await readNamedFiles({ tls: null, gitCredentialsFile: await file('git', text, mode) })).faults;

    expect(await faultOf('{}', 0o644)).toEqual([expect.stringMatching(/^GIT_CREDENTIALS_FILE: .*chmod 600/)]);
    for (const text of ['hunter2', '["hunter2"]', '{"https://x": {"password": "hunter2"}}']) {
      const faults = await faultOf(text);
      expect(faults).toEqual([expect.stringMatching(/^GIT_CREDENTIALS_FILE: the git credentials file/)]);
      expect(faults[0]).not.toContain('hunter2');
    }
  });
});
