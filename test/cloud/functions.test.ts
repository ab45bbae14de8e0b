import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { functionPool, type FunctionPool, type Invocation } from '../support/cloud/function-pool.ts';
import type { FunctionPart } from '../support/cloud/parts.ts';
import { needsNamespaces } from '../support/requirements.ts';
import { scratchFolder } from '../support/scratch.ts';

const CODE = `
import { readFileSync, existsSync } from 'node:fs';
let calls = 0;
let ticks = 0;
setInterval(() => (ticks += 1), 20);
const kept = [];
export const handler = async (event, context) => {
  calls += 1;
  console.log('call ' + calls + ': ' + event.do);
  if (event.do === 'see') return { calls, event, env: process.env, layer: readFileSync('/opt/layer.txt', 'utf8'), left: context.getRemainingTimeInMillis(), packages: existsSync('../node_modules') };
  if (event.do === 'ticks') return ticks;
  if (event.do === 'throw') throw new TypeError('no such thing');
  if (event.do === 'hang') await new Promise(() => {});
  if (event.do === 'eat') for (;;) kept.push(Array.from({ length: 100_000 }, Math.random));
  if (event.do === 'fill') for (;;) kept.push(Buffer.alloc(4 * 1024 * 1024, 1));
  if (event.do === 'talk') return 'x'.repeat(7 * 1024 * 1024);
  return null;
};
`;

describe('a function of the local cloud', needsNamespaces, () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let pool: FunctionPool;
  const invocations: Invocation[] = [];

  before(async () => {
    folder = await scratchFolder('functions');
    await Promise.all(['code', 'layer', 'broken'].map((name) => mkdir(join(folder.path, name))));
    await writeFile(join(folder.path, 'code', 'index.mjs'), CODE);
    await writeFile(join(folder.path, 'layer', 'layer.txt'), 'from the layer');
    await writeFile(join(folder.path, 'broken', 'index.mjs'), "import 'expect';\n");
    const part: FunctionPart = {
      name: 'w-good',
      arn: 'arn:aws:lambda:eu-west-1:123456789012:function:w-good',
      roleArn: '',
      memoryMib: 128,
      timeoutSeconds: 2,
      tracing: false,
      environment: { WINDLASS_FUNCTION: 'good' },
      codeFolder: join(folder.path, 'code'),
      layerFolders: [join(folder.path, 'layer')],
      handler: 'index.handler',
    };
    const others = [{ ...part, name: 'w-broken', codeFolder: join(folder.path, 'broken') }, { ...part, name: 'w-patient', timeoutSeconds: 60 }];
    const functions = new Map([part, ...others].map((each) => [each.name, each]));
    pool = functionPool(functions, {
      folder: folder.path,
      most: 2,
      runtime: { AWS_REGION: 'eu-west-1' },
      newAccessKey: ({ name }) => `KEY-${name}`,
      onInvocation: (invocation) => void invocations.push(invocation),
    });
  });
  after(async () => {
    await pool.close();
    await folder.remove();
  });

  const call = async (what: string) => pool.invoke('w-good', { do: what });
  const answerOf = async (what: string) => {
    const outcome = await call(what);
    if (!('answer' in outcome)) throw new Error(outcome.fault.errorMessage);
    return JSON.parse(outcome.answer) as Record<string, unknown>;
  };

  it('sees its own variables, credentials and layers, and nothing of the project', async () => {
    const seen = await answerOf('see');
    expect(seen).toMatchObject({ event: { do: 'see' }, layer: 'from the layer', packages: false });
    expect(seen.env).toMatchObject({ WINDLASS_FUNCTION: 'good', AWS_ACCESS_KEY_ID: 'KEY-w-good', AWS_REGION: 'eu-west-1', AWS_LAMBDA_FUNCTION_NAME: 'w-good' });
    expect(Object.keys(seen.env as object).filter((name) => /^(HOME|npm_|NODE_TEST)/.test(name))).toEqual([]);
    expect(seen.left as number).toBeLessThanOrEqual(2000);
  });

  it('answers the next event from the same container, where it was frozen meanwhile', async () => {
    const before = (await answerOf('ticks')) as unknown as number;
    await new Promise((resolve) => setTimeout(resolve, 400));
    const after = (await answerOf('ticks')) as unknown as number;
    expect(after - before).toBeLessThan(10);
    expect((await answerOf('see')).calls).toBeGreaterThan(1);
    expect(invocations.filter(({ cold }) => cold).length).toBe(1);
  });

  it('handles one event at a time in each container', async () => {
    await Promise.all([call('ticks'), call('ticks'), call('ticks')]);
    expect(invocations.filter(({ cold }) => cold).length).toBe(2);
  });

  it('tells what it threw', async () => {
    expect(await call('throw')).toMatchObject({ fault: { errorType: 'TypeError', errorMessage: 'no such thing' } });
  });

  it('is cut at its time-out, and the next event starts it anew', async () => {
    expect(await call('hang')).toMatchObject({
      fault: { errorType: 'Sandbox.Timedout', errorMessage: expect.stringContaining('Task timed out after 2.00 seconds') },
    });
    await call('hang');
    expect((await answerOf('see')).calls).toBe(1);
  });

  it('ends when it wants more memory than it has, for objects or for buffers', async () => {
    for (const what of ['eat', 'fill']) {
      expect(await pool.invoke('w-patient', { do: what })).toMatchObject({
        fault: { errorType: 'Runtime.ExitError', errorMessage: expect.stringMatching(/Runtime exited with error: signal: (?:SIGABRT|killed)/) },
      });
    }
  });

  it('does not answer with more than the service passes on', async () => {
    expect(await call('talk')).toMatchObject({ fault: { errorType: 'Function.ResponseSizeTooLarge' } });
  });

  it('does not start when its bundle needs a package of the project', async () => {
    expect(await pool.invoke('w-broken', {})).toMatchObject({ fault: { errorMessage: expect.stringContaining("Cannot find package 'expect'") } });
  });

  it('writes what it says to its log', async () => {
    expect(await readFile(pool.logFile('w-good'), 'utf8')).toContain('call 1: see');
  });
});
