import { execFile } from 'node:child_process';
import { cp, mkdir, readdir } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'expect';
import { FUNCTION_VARIABLES, QUEUE_VARIABLES } from '../../lib/core/shared/function-variables.ts';
import { FUNCTIONS, type FunctionName } from '../../lib/core/shared/functions.ts';
import { scratchFolder } from '../support/scratch.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const QUEUES: ReadonlySet<string> = new Set(Object.values(QUEUE_VARIABLES));
const TYPES: Readonly<Record<string, string>> = {
  MESSAGE_QUEUE_TYPE: 'sqs', ENCRYPTION_TYPE: 'kms', MQTT_BROKER_TYPE: 'iotcore', OBJECT_STORAGE_TYPE: 'aws', OBSERVABILITY_VENDOR: 'AWS', LICENSE_TYPE: 'none', DATABASE_ACCESS: 'data-api', AWS_PARTITION: 'aws', AWS_ACCOUNT_ID: '123456789012',
};

function environmentOf(name: FunctionName): Record<string, string> {
  const valueOf = (variable: string) => TYPES[variable] ?? (variable.endsWith('_ARN') ? 'arn:aws:service:eu-west-1:123456789012:thing' : QUEUES.has(variable) ? `https://sqs.eu-west-1.amazonaws.com/123456789012/${variable}` : 'value');
  return { AWS_REGION: 'eu-west-1', ...Object.fromEntries(FUNCTION_VARIABLES[name].map((variable) => [variable, valueOf(variable)])), WINDLASS_FUNCTION: name };
}

describe('the bundle of each function', { timeout: 120_000 }, () => {
  let task: string;
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  before(async () => {
    await run(process.execPath, ['--no-warnings', `${root}/bin/build.ts`, '--lambdas'], { cwd: root });
    folder = await scratchFolder('bundles');
    task = `${folder.path}/var/task`;
    await mkdir(task, { recursive: true });
    for (const entry of new Set(Object.values(FUNCTIONS).map((facts) => facts.entry))) await cp(`${root}/dist/lambdas/${entry}`, `${task}/${entry}`, { recursive: true });
  });
  after(() => folder?.remove());

  const load = (name: FunctionName, environment: Record<string, string>) => {
    const { entry } = FUNCTIONS[name];
    const program = `const { handler } = await import('file://${task}/${entry}/index.mjs'); console.log(typeof handler); process.exit(0);`;
    // Nothing of this project is in reach of the folder.
    return run(process.execPath, ['--input-type=module', '-e', program], { cwd: `${task}/${entry}`, env: environment });
  };

  for (const name of Object.keys(FUNCTIONS) as FunctionName[]) {
    it(`starts as ${name}, alone in its folder, with the variables of the table`, async () => {
      expect((await load(name, environmentOf(name))).stdout.trim()).toBe('function');
    });
  }

  it('does not start without them, and says which', async () => {
    await expect(load('drain-fifo', { WINDLASS_FUNCTION: 'drain-fifo' })).rejects.toThrow(/SERVER_DOMAIN: is not set[\s\S]*DATABASE_CLUSTER_ARN: is not set/);
  });

  it('loads no second HTTP client of Node before anything is called', async () => {
    const loads = (program: string) => run(process.execPath, ['--input-type=module', '-e', `${program}; console.log(process.moduleLoadList.filter((name) => name.includes('undici')).length > 0); process.exit(0);`], { env: environmentOf('drain-fifo') });

    // Importing the module by name is what brings it.
    expect((await loads("await import('node:http')")).stdout.trim()).toBe('true');
    for (const entry of ['graphql', 'drain', 'worker-api']) expect((await loads(`await import('file://${task}/${entry}/index.mjs').catch(() => {})`)).stdout.trim()).toBe('false');
  });

  it('has beside it what few calls need, and nothing that none does', async () => {
    const parts = (await readdir(`${task}/worker-api`)).filter((name) => /^[a-z]/.test(name)).map((name) => name.replace(/-[A-Z0-9]{8}\.mjs$/, ''));
    const yaml = (await readdir(`${task}/worker-api`)).find((name) => name.startsWith('runtime-config-yaml'));
    const pool = (await readdir(`${task}/worker-api`)).find((name) => name.startsWith('postgres-pool'));
    const program = `const { parseSettingsBlock } = await import('file://${task}/worker-api/${yaml}');
      const { postgresPool } = await import('file://${task}/worker-api/${pool}');
      const pool = postgresPool({ url: 'postgres://u:p@127.0.0.1:1/d', onError: () => {} });
      const refused = await pool.connect().catch(({ code }) => code);
      console.log(JSON.stringify([parseSettingsBlock('project_root: a', 'x'), refused])); process.exit(0);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: `${task}/worker-api`, env: {} });

    expect(parts).toEqual(expect.arrayContaining(['index.mjs', 'postgres-pool', 'runtime-config-yaml']));
    expect(parts).not.toEqual(expect.arrayContaining(['x509.es']));
    expect(JSON.parse(stdout)).toEqual([{ projectRoot: 'a' }, 'ECONNREFUSED']);
  });

  it('brings the migrations to the function that applies them', async () => {
    const { stdout } = await run('ls', [`${task}/ops/migrations`]);

    expect(stdout).toContain('0001_accounts.sql');
  });
});
