import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expect } from 'expect';
import { ConfigError, readConfig, type Environment } from '../../lib/launcher/config.ts';
import { formatDuration, parseDuration } from '../../lib/launcher/durations.ts';
import { encodePoolToken } from '../../lib/protocol/pool-token.ts';
import { selfSigned } from '../support/worker-server.ts';

describe('durations', () => {
  it('are read in Go notation', () => {
    expect(['1000s', '120m', '1h30m', '1.5h', '250ms', '5us', '0'].map(parseDuration)).toEqual([1_000_000, 7_200_000, 5_400_000, 5_400_000, 250, 0.005, 0]);
    expect(['', '5', '5 m', 'm', '5x', '-5m', '5m1'].map(parseDuration)).toEqual(Array(7).fill(undefined));
  });

  it('are written in the shortest usual form', () => {
    expect([420_000, 4_200_000, 90_000, 200, 1500].map(formatDuration)).toEqual(['7m', '1h10m', '1m30s', '200ms', '1.5s']);
  });
});

describe('the configuration of a launcher', () => {
  let env: Record<string, string>;
  let keys: { publicKey: string; privateKey: string };

  const generate = () => generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
  before(async () => {
    keys = generate();
    const certificate = await selfSigned(keys);
    const broker = { type: 'builtin', endpoint: 'localhost', port: 1984, tls: false, alpn: null, namespace: 'spacelift', ca: null } as const;
    env = {
      SPACELIFT_TOKEN: encodePoolToken({ v: 1, account: 'acme', api: 'http://localhost:1983', worker_pool: '01POOL', broker, certificate, certificate_id: 'ab', issued_at: '' }),
      SPACELIFT_POOL_PRIVATE_KEY: Buffer.from(keys.privateKey).toString('base64'),
    };
  });

  const faultsOf = (environment: Environment): readonly string[] => {
    try {
      readConfig(environment);
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.faults;
      throw error;
    }
  };

  it('has the documented defaults', () => {
    expect(readConfig(env)).toMatchObject({ noOutputTimeoutMs: 420_000, runTimeoutMs: 4_200_000, workDir: '/opt/spacelift', runRoot: '/var/tmp/windlass', toolDownloads: true, sensitiveOutputs: false, metadata: {}, whitelist: [], shutdownGraceMs: 0 });
  });

  it('takes the key as raw PEM and as PKCS#1 too', () => {
    const pkcs1 = readConfig(env).privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    expect(faultsOf({ ...env, SPACELIFT_POOL_PRIVATE_KEY: keys.privateKey })).toEqual([]);
    expect(faultsOf({ ...env, SPACELIFT_POOL_PRIVATE_KEY: Buffer.from(pkcs1).toString('base64') })).toEqual([]);
  });

  it('reads lists, tags, mappings and prefixed items', () => {
    const config = readConfig({
      ...env, SPACELIFT_MASK_ENVS: ' A, ,B ', SPACELIFT_METADATA_asg_id: 'asg-1', SPACELIFT_METADATA_Team: '', SPACELIFT_WHITELIST_ENVS: 'ro_KEY,OTHER',
      SPACELIFT_PRIVATEVCS_MAPPING_NAME_0: 'gitlab', SPACELIFT_PRIVATEVCS_MAPPING_BASE_ENDPOINT_0: 'https://git.local/', SPACELIFT_PRIVATEVCS_MAPPING_NAME_2: 'skipped', SPACELIFT_SENSITIVE_OUTPUT_UPLOAD_ENABLED: 'TRUE',
    });
    expect(config).toMatchObject({
      maskNames: ['A', 'B'], metadata: { asg_id: 'asg-1', Team: '' }, privateVcs: { gitlab: 'https://git.local' }, sensitiveOutputs: true,
      whitelist: [{ name: 'KEY', sources: ['ro_KEY', 'KEY'], stage: 'read' }, { name: 'OTHER', sources: ['OTHER'], stage: 'all' }],
    });
  });

  it('names all faults at once', () => {
    const faults = faultsOf({
      SPACELIFT_POOL_PRIVATE_KEY: 'bm9uc2Vuc2U=', SPACELIFT_LAUNCHER_LOGS_TIMEOUT: '7 minutes', SPACELIFT_LAUNCHER_RUN_TIMEOUT: 'x', SPACELIFT_LAUNCHER_EXECUTION: 'vm', SPACELIFT_LAUNCHER_TOOL_MIRROR: 'ftp://x',
      SPACELIFT_WHITELIST_ENVS: 'A=B', SPACELIFT_PRIVATEVCS_MAPPING_NAME_0: 'x', SPACELIFT_ADDITIONAL_ROOT_CAS: 'e30=',
    });
    for (const name of ['SPACELIFT_TOKEN', 'SPACELIFT_POOL_PRIVATE_KEY', 'SPACELIFT_LAUNCHER_LOGS_TIMEOUT', 'SPACELIFT_LAUNCHER_RUN_TIMEOUT', 'SPACELIFT_LAUNCHER_EXECUTION', 'SPACELIFT_LAUNCHER_TOOL_MIRROR', 'SPACELIFT_WHITELIST_ENVS', 'SPACELIFT_PRIVATEVCS_MAPPING_BASE_ENDPOINT_0', 'SPACELIFT_ADDITIONAL_ROOT_CAS']) {
      expect(faults.some((fault) => fault.includes(name))).toBe(true);
    }
  });

  it('refuses a key of another pool, and a token of the future', () => {
    expect(faultsOf({ ...env, SPACELIFT_POOL_PRIVATE_KEY: generate().privateKey })).toEqual([expect.stringContaining('does not belong to the certificate')]);
    expect(faultsOf({ ...env, SPACELIFT_TOKEN: Buffer.from('{"v":2}').toString('base64') })).toEqual(['unsupported token version 2; update the launcher']);
  });

  it('takes the file of the operator\'s own policy', () => {
    expect(readConfig({ ...env, SPACELIFT_LAUNCHER_RUN_INITIALIZATION_POLICY: ' /policy.rego ' }).initializationPolicy).toBe('/policy.rego');
    expect(readConfig(env).initializationPolicy).toBeNull();
  });

  it('ends the program with 2 and one line per fault', async () => {
    const program = fileURLToPath(new URL('../../bin/launcher.ts', import.meta.url));
    const child = spawn(process.execPath, ['--no-warnings', program], { env: { PATH: process.env.PATH, SPACELIFT_LAUNCHER_RUN_TIMEOUT: 'soon' }, stdio: ['ignore', 'ignore', 'pipe'] });
    const lines: string[] = [];
    child.stderr.on('data', (part: Buffer) => lines.push(...part.toString().trim().split('\n')));
    const [code] = (await once(child, 'close')) as [number];

    expect(code).toBe(2);
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      expect.stringContaining('SPACELIFT_TOKEN'), expect.stringContaining('SPACELIFT_POOL_PRIVATE_KEY'), expect.stringContaining('SPACELIFT_LAUNCHER_RUN_TIMEOUT'),
    ]);
  });
});
