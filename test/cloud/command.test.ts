import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { expect } from 'expect';
import { ROOT } from '../support/infra.ts';
import { needsMoto, needsNamespaces, needsPostgres } from '../support/requirements.ts';

describe('npm run cloud', { ...needsMoto, ...needsPostgres, ...needsNamespaces, timeout: 300_000 }, () => {
  it('makes an installation, says where it is and how to sign in, and takes everything away when it is interrupted', async () => {
    const child = spawn(process.execPath, ['--no-warnings', join(ROOT, 'bin', 'cloud.ts')], { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const ready = new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes('AWS_ENDPOINT_URL')) resolve();
      });
      void ended.then((code) => reject(new Error(`it ended with ${code}: ${output}`)));
    });
    await ready;

    const [, url = '', username = '', password = ''] = /sign in +(\S+)\/admin-login as (\S+) with (\S+)/.exec(output) ?? [];
    const login = await fetch(`${url}/admin-login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    });
    expect(login.status).toBe(200);
    child.kill('SIGINT');

    expect(await ended).toBe(0);
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });
});
