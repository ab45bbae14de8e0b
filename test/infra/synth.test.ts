import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { expect } from 'expect';
import { ROOT, configWith, synthesized } from '../support/infra.ts';
import { cfnLint, needsCfnLint } from '../support/requirements.ts';

const folder = mkdtempSync(join(tmpdir(), 'windlass-synth-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** No credentials, no region, no home: what a clean machine has. */
const BARE = { PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH ?? ''}`, HOME: folder, CDK_DISABLE_VERSION_CHECK: '1', CI: 'true', NO_COLOR: '1' };

/** Time is the processor's, all programs together: other work on the machine does not count. */
function cdkSynth(config: string): { readonly status: number | null; readonly text: string; readonly seconds: number } {
  const command = `TIMEFORMAT='%U %S'; time cdk synth --all --quiet -c config=${config} -o ${join(folder, 'out')} 2>&1`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], { cwd: ROOT, env: BARE, encoding: 'utf8', timeout: 240_000 });
  const [user = Infinity, system = Infinity] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return { status, text: stdout, seconds: user + system };
}

describe('npx cdk synth', () => {
  it('makes the templates of the example without credentials, within fifteen seconds once the code is built', () => {
    cdkSynth('config.example.json');
    const { status, text, seconds } = cdkSynth('config.example.json');

    expect([status, status === 0 ? '' : text]).toEqual([0, '']);
    expect(readdirSync(join(folder, 'out')).filter((name) => name.endsWith('.template.json'))).toHaveLength(8);
    expect(seconds).toBeLessThan(15);
  });

  it('tells all faults of a file and fails', () => {
    const path = join(folder, 'faulty.json');
    writeFileSync(path, JSON.stringify(configWith({ account_name: '', database: { acess: 'direct' }, admin: { password: 'canary-password' } })));

    const { status, text } = cdkSynth(path);

    expect(status).not.toBe(0);
    expect(text).toContain('account_name: is required');
    expect(text).toContain('admin.username: is needed beside password');
    expect(text).toContain('database.acess: is not a known key; did you mean access?');
    expect(text).not.toContain('canary');
  });

  it('ends the app itself with code 2 for a file that cannot be used', () => {
    const { status, stderr } = spawnSync('node', ['--no-warnings', 'bin/app.ts'], {
      cwd: ROOT,
      env: { ...BARE, CDK_CONTEXT_JSON: JSON.stringify({ config: join(folder, 'missing.json') }) },
      encoding: 'utf8',
      timeout: 60_000,
    });

    expect(status).toBe(2);
    expect(stderr).toContain('file: cannot be read (ENOENT)');
  });
});

const REPLICATION = {
  enabled: true, replica_kms_key_arn: 'arn:aws:kms:eu-central-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef',
  ...Object.fromEntries(['states', 'run_logs', 'modules', 'policy_inputs', 'workspaces'].map((name) => [`${name}_bucket_arn`, `arn:aws:s3:::other-${name.replace('_', '-')}`])),
};

describe('cfn-lint', () => {
  const KINDS: Readonly<Record<string, Record<string, unknown>>> = {
    'the required keys': {},
    'an internal API': { load_balancer: { scheme: 'internal' } },
    'a distribution': { web: { mode: 'cloudfront', certificate_arn: 'arn:aws:acm:us-east-1:123456789012:certificate/1' } },
    'a second region': {
      dns: { hosted_zone_id: 'Z0123456789ABCDEFGHIJ' }, alerting: { sns_topic_arn: 'arn:aws:sns:eu-west-1:123456789012:alerts' },
      disaster_recovery: { replica_region: 'eu-central-1', s3_bucket_replication: REPLICATION },
    },
    'alarms and a licence': { alerting: { sns_topic_arn: 'arn:aws:sns:eu-west-1:123456789012:alerts' }, license: { type: 'jwt', token: 'x' } },
  };

  for (const [name, changes] of Object.entries(KINDS)) {
    it(`finds nothing in the templates of ${name}`, needsCfnLint, () => {
      const { outdir } = synthesized(changes);
      const templates = readdirSync(outdir).filter((file) => file.endsWith('.template.json')).map((file) => join(outdir, file));
      // The library writes dependencies that follow from references as well.
      const { status, stdout, stderr } = spawnSync(cfnLint() ?? '', ['--ignore-checks', 'W3005', '--', ...templates], { encoding: 'utf8', timeout: 120_000 });

      expect([status, `${stdout}${stderr}`]).toEqual([0, '']);
    });
  }
});
