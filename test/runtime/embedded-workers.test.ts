import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { launcherEnvironment, startEmbeddedWorkers, type EmbeddedWorkers } from '../../lib/runtime/embedded-workers.ts';
import { isAlive, type ProcessIdentity } from '../../lib/runtime/process-identity.ts';
import { eventually } from '../support/eventually.ts';
import { scratchFolder } from '../support/scratch.ts';

/** What a server may be told by its environment and a launcher must not hear. */
const SECRETS = {
  ADMIN_PASSWORD: 'secret-1', ADMIN_USERNAME: 'secret-2', ADMIN_API_KEY_ID: 'secret-3', ADMIN_API_KEY_SECRET: 'secret-4', ENCRYPTION_RSA_PRIVATE_KEY: 'secret-5',
  DATABASE_URL: 'secret-6', GIT_CREDENTIALS_FILE: 'secret-7', WINDLASS_TLS_KEY: 'secret-8', PGPASSWORD: 'secret-11',
  // For another launcher, or this server's own.
  SPACELIFT_TOKEN: 'secret-12', SPACELIFT_POOL_PRIVATE_KEY: 'secret-13', SPACELIFT_API_TOKEN: 'secret-14',
};

describe('the environment of an embedded worker', () => {
  it('holds no secret of the server', () => {
    const environment = launcherEnvironment({ ...SECRETS, PATH: '/bin', AWS_SECRET_ACCESS_KEY: 'a', GITHUB_TOKEN: 'b' }, { SPACELIFT_TOKEN: 'its own' });

    expect(environment).toEqual({ PATH: '/bin', SPACELIFT_TOKEN: 'its own' });
  });

  it('holds what a process needs, its settings, and what the operator lists for runs', () => {
    const given = { PATH: '/bin', HOME: '/root', HTTPS_PROXY: 'http://proxy', SPACELIFT_MASK_ENVS: 'A', SPACELIFT_WHITELIST_ENVS: 'REGION, ro_ZONE,wo_LICENCE', REGION: 'eu', ZONE: 'a', LICENCE: 'l', OTHER: 'o', EMPTY: undefined };

    const { OTHER: _, EMPTY: __, ...passed } = given;
    expect(launcherEnvironment(given, {})).toEqual(passed);
  });

  it('cannot be used to hand over the server\'s secrets by listing them', () => {
    const environment = launcherEnvironment({ ...SECRETS, SPACELIFT_WHITELIST_ENVS: Object.keys(SECRETS).join(',') }, {});

    expect(Object.values(environment).filter((value) => value.startsWith('secret-'))).toEqual([]);
  });

  it('takes what the server says over what the environment says', () => {
    expect(launcherEnvironment({ SPACELIFT_LAUNCHER_EXECUTION: 'docker' }, { SPACELIFT_LAUNCHER_EXECUTION: 'process' })).toEqual({ SPACELIFT_LAUNCHER_EXECUTION: 'process' });
  });
});

describe('embedded workers', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  before(async () => void (folder = await scratchFolder('embedded-workers')));
  after(() => folder.remove());

  it('are told to leave when the server stops, also one that is being started again just then', async () => {
    // Ends at once the first time, and stays the second.
    const program = `const { existsSync, writeFileSync } = require('node:fs');
      if (existsSync('seen')) setInterval(() => {}, 1000); else writeFileSync('seen', '');`;
    let starts = 0;
    const drained = Promise.withResolvers<void>();
    const workers: EmbeddedWorkers = await startEmbeddedWorkers({
      folder: folder.path, count: 1, command: [process.execPath, '-e', program], api: 'http://127.0.0.1:1', poolId: 'pool', token: '', keyPem: '', environment: process.env,
      telemetry: {
        count: () => {},
        span: (_name, work) => work(),
        log(_level, message) {
          if (message !== 'embedded worker started' || ++starts < 2) return;
          workers.drain().then(drained.resolve, drained.reject);
        },
      },
    });
    await drained.promise;

    const last = JSON.parse(await readFile(join(folder.path, 'launcher-1.json'), 'utf8')) as ProcessIdentity;
    try {
      await eventually('the end of the worker that was started last', async () => !isAlive(last), 10_000);
    } finally {
      if (isAlive(last)) process.kill(last.pid, 'SIGKILL');
    }
  });
});
