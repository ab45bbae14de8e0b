import { after, before, describe, it } from 'node:test';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'expect';
import { ConfigError } from '../../lib/launcher/config.ts';
import { jsonLog } from '../../lib/launcher/log.ts';
import { execCommand } from '../../lib/launcher/policy/exec-command.ts';
import { InitializationPolicy } from '../../lib/launcher/policy/initialization-policy.ts';
import { policyDocument } from '../../lib/launcher/policy/policy-document.ts';
import { ulid } from '../../lib/launcher/ulid.ts';
import type { JobPackage } from '../../lib/protocol/job.ts';
import { engineCommand } from '../policy-engine/engine.ts';
import { needsEngine } from '../support/policy-builders.ts';
import { scratchFolder } from '../support/scratch.ts';

const AT = Date.parse('2026-01-15T12:00:00Z');

const packageWith = (run: Partial<JobPackage['run']> = {}, changes: Partial<JobPackage> = {}): JobPackage => ({
  v: 1,
  account: 'acme',
  stack: {
    id: 'network', name: 'Network', space: { id: 'root', path: 'root' }, labels: ['prod'], vendor: 'terraform', vendorConfig: { workspace: null, useSmartSanitization: false, concise: false },
    projectRoot: 'infra', additionalProjectGlobs: [], autodeploy: false, sensitiveOutputs: false,
  },
  run: {
    id: ulid(AT), type: 'TRACKED', branch: 'main', commit: { hash: 'c0ffee', message: 'change', author: 'ada', url: '', timestamp: AT / 1000 }, trigger: 'git commit', drift: false, command: null, targets: [],
    userMetadata: [], localPreview: false, skipInit: false, ...run,
  },
  image: { ref: 'runner:latest', source: 'default' },
  tool: { kind: 'TERRAFORM_FOSS', version: '1.5.7' },
  env: [{ name: 'OPEN', value: 'seen', secret: false }, { name: 'SECRET', value: 'mysql', secret: true }],
  files: [],
  hooks: {
    before_init: ['ls'], after_init: [], before_plan: [], after_plan: [], before_apply: [], after_apply: [], before_perform: [], after_perform: [], before_destroy: [], after_destroy: [], after_run: [],
  },
  source: { kind: 'none' },
  workflow: null,
  masking: { wellKnown: false, timestamps: false },
  state: { managed: true, workspace: 'default' },
  apiToken: 'api-token-canary',
  oidcToken: 'oidc-token-canary',
  sanitize: 'default',
  mayApply: false,
  ...changes,
});

describe('the policy of a worker\'s own', needsEngine, () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  const lines: string[] = [];
  const opened: InitializationPolicy[] = [];
  before(async () => void (folder = await scratchFolder('init-policy')));
  after(async () => {
    for (const policy of opened) await policy.close();
    await folder.remove();
  });

  const log = jsonLog((line) => void lines.push(line), { debug: false });
  async function load(body: string, engine: string | undefined = engineCommand): Promise<InitializationPolicy> {
    const file = join(folder.path, 'policy.rego');
    await writeFile(file, `package spacelift\n\n${body}\n`);
    const policy = await InitializationPolicy.load({ file, engine, path: process.env.PATH, log });
    opened.push(policy);
    return policy;
  }
  const asked = async (policy: InitializationPolicy, pkg: JobPackage) => {
    const said: string[] = [];
    const outcome = await policy.require(pkg, (line) => void said.push(line)).then(() => 'accepted', (error: Error) => error.message);
    return { said, outcome };
  };

  it('refuses a run with every message, in the older language unless the file asks for the newer', async () => {
    const v0 = await load('env := input.static_run_environment\ndeny["writes only from main"] { env.run_type == "TRACKED"; env.commit_branch != "main" }');
    expect(await asked(v0, packageWith({ branch: 'hotfix' }))).toEqual({ outcome: 'denied by the worker\'s policy: writes only from main', said: ['Denied by the worker\'s policy: writes only from main'] });
    expect((await asked(v0, packageWith())).outcome).toBe('accepted');

    const v1 = await load('import rego.v1\n\ndeny contains "one" if true\ndeny contains "two" if true');
    expect((await asked(v1, packageWith())).said).toHaveLength(2);
  });

  it('prints a sample as one line when it is asked to', async () => {
    const policy = await load('deny["no signature"] { count(input.run.user_provided_metadata) == 0 }\nsample { true }');
    lines.length = 0;
    expect((await asked(policy, packageWith({ userMetadata: ['sig:abc'] }))).outcome).toBe('accepted');
    const [line] = lines.map((text) => JSON.parse(text) as { readonly level: string; readonly msg: string; readonly ts: string; readonly caller: string; readonly sample: Record<string, unknown> });
    expect(line).toMatchObject({ level: 'info', msg: expect.stringMatching(/^Sample 1\/INITIALIZATION\/[0-9a-f]{8}\/allow$/), sample: { outcome: 'allow', results: { deny: [], sample: true }, error: null } });
    expect(Object.keys(line?.sample ?? {}).sort()).toEqual(['body', 'error', 'input', 'outcome', 'results']);
    expect(JSON.stringify(lines)).not.toMatch(/canary|mysql/);
  });

  it('may run commands, such as one that checks a signature', async () => {
    const policy = await load('import rego.v1\n\ndeny contains "bad signature" if {\n\tr := exec({"command": ["sh", "-c", "cat; test \\"$KEY\\" = open"], "env": [sprintf("KEY=%s", [input.run.user_provided_metadata[0]])], "stdin": "text"})\n\tr.status != 0\n}');
    expect((await asked(policy, packageWith({ userMetadata: ['open'] }))).outcome).toBe('accepted');
    expect((await asked(policy, packageWith({ userMetadata: ['shut'] }))).outcome).toContain('bad signature');
  });

  it('stops the launcher when it is invalid, missing, or cannot be evaluated', async () => {
    await expect(load('deny[x] { y }')).rejects.toThrow(/SPACELIFT_LAUNCHER_RUN_INITIALIZATION_POLICY: .*line 3, column/);
    await expect(load('deny["x"] { true }').then(() => InitializationPolicy.load({ file: join(folder.path, 'none'), engine: engineCommand, path: undefined, log }))).rejects.toBeInstanceOf(ConfigError);
    await expect(InitializationPolicy.load({ file: join(folder.path, 'policy.rego'), engine: undefined, path: undefined, log })).rejects.toBeInstanceOf(ConfigError);
  });

  it('fails the run when it fails itself, and shows why', async () => {
    const policy = await load('sample { input.run.id }\nsample = false { input.run.id }');
    lines.length = 0;
    expect((await asked(policy, packageWith())).outcome).toMatch(/^the worker's policy could not be evaluated: /);
    expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({ sample: { outcome: 'deny', error: expect.any(String) } });
  });
});

describe('what the worker\'s policy is told', () => {
  it('is what the package says, with times that are exact and secrets that can only be compared', () => {
    const text = policyDocument(packageWith({ trigger: 'ada', userMetadata: ['sig'] }), '1.2.3');
    expect(text).toContain(`"created_at":${AT}000000`);
    expect(text).not.toMatch(/canary/);
    const document = JSON.parse(text) as { readonly run: object; readonly static_run_environment: object };
    expect(document).toMatchObject({
      docker_image: 'runner:latest', worker_version: '1.2.3',
      run: { state: 'PREPARING', triggered_by: 'ada', user_provided_metadata: ['sig'], based_on_local_workspace: false, changes: [], commit: { author: 'ada', branch: 'main', hash: 'c0ffee' } },
      static_run_environment: {
        account_name: 'acme', stack_slug: 'network', stack_labels: ['prod'], run_type: 'TRACKED', commit_branch: 'main', before_init: ['ls'], before_apply: null, terraform_version: '1.5.7',
        environment_variables: { OPEN: 'seen', SECRET: 'eae35047' }, vendor_specific_config: { vendor: 'terraform' },
      },
    });
  });
});

describe('a command that a policy runs', () => {
  it('answers what it printed and how it ended, also when it cannot start', async () => {
    expect(await execCommand(['sh', '-c', 'echo out; echo err >&2; exit 3'], process.env.PATH)).toEqual({ status: 3, stdout: 'out\n', stderr: 'err\n' });
    expect(await execCommand(['no-such-program-here'], process.env.PATH)).toMatchObject({ status: 127 });
    expect(() => execCommand({ command: [] }, undefined)).toThrow('exec needs a command');
  });

  it('is ended with all that it started when it takes too long, and has failed then', async () => {
    const result = await execCommand(['sh', '-c', 'echo begun; sleep 30 & wait'], process.env.PATH, 200);
    expect(result).toMatchObject({ status: 124, stdout: 'begun\n', stderr: expect.stringContaining('did not end within') });
  });
});
