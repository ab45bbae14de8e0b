import { after, describe, it } from 'node:test';
import { expect } from 'expect';
import { openEngine, skip } from './engine.ts';

const policy = (body: string, type: 'WORKER_INITIALIZATION' | 'INITIALIZATION' = 'WORKER_INITIALIZATION') => ({ type, version: 'v1', source: `package spacelift\n${body}` }) as const;

describe('exec on a worker', { skip }, () => {
  const asked: unknown[] = [];
  const engine = openEngine({
    exec: async (args) => {
      asked.push(args);
      const command = Array.isArray(args) ? args : (args as { command: string[] }).command;
      if (command[0] === 'sleep') await new Promise((resolve) => setTimeout(resolve, 600));
      if (command[0] === 'missing') throw new Error('no such command');
      return { status: command[0] === 'false' ? 1 : 0, stdout: 'out', stderr: '' };
    },
  });
  after(() => engine.close());

  const denied = async (body: string, deadlineMs = 2_000) => {
    const [[evaluation] = []] = await engine.evaluate([policy(body)], ['{}'], { deadlineMs });
    return evaluation?.decision?.deny ?? evaluation?.error?.kind;
  };

  it('runs what the policy asks for and gives it the result', async () => {
    expect(await denied('deny contains r.stdout if {\n\tr := exec({"command": ["gpg", "--verify"], "stdin": "x"})\n\tr.status == 0\n}')).toEqual(['out']);
    expect(await denied('deny contains "bad signature" if exec(["false"]).status != 0')).toEqual(['bad signature']);
    expect(asked.slice(-2)).toEqual([{ command: ['gpg', '--verify'], stdin: 'x' }, ['false']]);
  });

  it('does not count the command\'s time as the policy\'s', async () => {
    expect(await denied('deny contains "slept" if exec(["sleep"]).status == 0', 200)).toEqual(['slept']);
  });

  it('is undefined when the command could not be run', async () => {
    expect(await denied('deny contains "x" if exec(["missing"])')).toEqual([]);
  });

  it('does not exist in policies of the server', async () => {
    expect((await engine.check(policy('deny contains "x" if exec(["ls"])', 'INITIALIZATION'))).errors).toMatchObject([{ kind: 'disabled', line: 2 }]);
  });
});
