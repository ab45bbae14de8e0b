import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { expect } from 'expect';
import { ROOT, configWith, synthesized } from '../support/infra.ts';
import { cfnLint, needsCfnLint } from '../support/requirements.ts';
import { VARIANTS } from '../support/variants.ts';

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

/** Templates of all kinds of installations by the region they are for; those that are the same letter for letter once. */
function templatesByRegion(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Map<string, string>>();
  for (const changes of [{}, ...Object.values(VARIANTS)]) {
    const { outdir, read } = synthesized(changes);
    const templates = found.get(read.config.region) ?? new Map<string, string>();
    found.set(read.config.region, templates);
    const paths = readdirSync(outdir).filter((file) => file.endsWith('.template.json')).map((file) => join(outdir, file));
    for (const path of paths) templates.set(readFileSync(path, 'utf8'), path);
  }
  return new Map([...found].map(([region, templates]) => [region, [...templates.values()]]));
}

describe('cfn-lint', () => {
  for (const [region, templates] of templatesByRegion()) {
    it(`finds nothing in the templates of any kind of installation in ${region}`, needsCfnLint, () => {
      // The library writes dependencies that follow from references as well.
      const words = ['--regions', region, '--ignore-checks', 'W3005', '--', ...templates];
      const { status, stdout, stderr } = spawnSync(cfnLint() ?? '', words, { encoding: 'utf8', timeout: 400_000 });

      expect(templates.length).toBeGreaterThan(10);
      expect([status, `${stdout}${stderr}`]).toEqual([0, '']);
    });
  }
});
