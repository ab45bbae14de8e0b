import { after, afterEach, describe, it } from 'node:test';
import { expect } from 'expect';
import type { PolicyEngineClient } from '../../lib/policy-engine/policy-engine.ts';
import { openEngine, skip } from './engine.ts';

const DEADLINE = { deadlineMs: 5_000 };

const policy = (body: string) => ({ type: 'TASK', version: 'v1', source: `package spacelift\n${body}` }) as const;
const ENDLESS = policy('deny contains "x" if {\n\tsome i in numbers.range(1, 100000)\n\tsome j in numbers.range(1, 100000)\n\ti == j + 200000\n}');
/** One call that no deadline reaches. */
const doubled = Array.from({ length: 18 }, (_, i) => `s${i + 1} := concat("", [s${i}, s${i}])`).join('\n');
const DEAF = policy(`s0 := "aaaaaaaaaaaaaaaaaaaa"\n${doubled}\ndeny contains "x" if regex.match("(a|aa|aaa|a{50,500})*b$", s18)`);
const QUICK = policy('deny contains input.message');

describe('a policy that does not end', { skip }, () => {
  const engines: PolicyEngineClient[] = [];
  const open = (options: Parameters<typeof openEngine>[0] = {}) => {
    const engine = openEngine(options);
    engines.push(engine);
    return engine;
  };
  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine.close()));
  });

  const quick = async (engine: PolicyEngineClient, message = 'm') => {
    const [[evaluation] = []] = await engine.evaluate([QUICK], [JSON.stringify({ message })], DEADLINE);
    return evaluation?.decision?.deny ?? evaluation?.error;
  };
  const timed = async <T>(work: Promise<T>) => {
    const started = performance.now();
    return { value: await work, ms: performance.now() - started };
  };

  it('is stopped at its deadline, and its child goes on', async () => {
    const engine = open();
    await quick(engine);
    const { pid } = engine;

    const { value, ms } = await timed(engine.evaluate([ENDLESS], ['{}'], { deadlineMs: 300 }));

    expect(value).toMatchObject([[{ error: { kind: 'timeout' } }]]);
    expect(ms).toBeLessThan(300 + 300);
    expect(engine.pid).toBe(pid);
    expect(await quick(engine)).toEqual(['m']);
  });

  it('loses its child when it cannot be stopped, and only it fails', async () => {
    const engine = open();
    await quick(engine);
    const { pid } = engine;

    const deaf = timed(engine.evaluate([DEAF], ['{}'], { deadlineMs: 500 }));
    const neighbour = engine.evaluate([policy('deny contains "slow" if count([i | some i in numbers.range(1, 1500000); i > 0]) > 1')], ['{}'], { deadlineMs: 30_000 });

    const { value, ms } = await deaf;
    expect(value).toMatchObject([[{ error: { kind: 'timeout', message: expect.stringContaining('500 ms') } }]]);
    expect(ms).toBeGreaterThanOrEqual(740);
    expect(ms).toBeLessThan(500 + 300 + 200);
    expect(await neighbour).toMatchObject([[{ decision: { deny: ['slow'] } }]]);
    expect(await quick(engine)).toEqual(['m']);
    expect(engine.pid).not.toBe(pid);
  });

  it('leaves what other policies of the same request have answered', async () => {
    expect(await open().evaluate([QUICK, DEAF], ['{"message": "m"}'], { deadlineMs: 500 })).toMatchObject([[{ decision: { deny: ['m'] } }], [{ error: { kind: 'timeout' } }]]);
  });

  it('delays others little while it runs', async () => {
    const engine = open();
    await quick(engine);
    const endless = engine.evaluate([ENDLESS], ['{}'], { deadlineMs: 1_500 });

    const waits: number[] = [];
    for (let i = 0; i < 200; i++) waits.push((await timed(quick(engine))).ms);
    await endless;

    waits.sort((a, b) => a - b);
    // The machine is shared; the bench looks closer.
    expect(waits[Math.floor(waits.length * 0.9)]).toBeLessThan(60);
  });

  it('is one of many that start at once, and the others answer', async () => {
    const engine = open();
    const answers = await Promise.all([...Array.from({ length: 40 }, (_, i) => quick(engine, `m${i}`)), engine.evaluate([DEAF], ['{}'], { deadlineMs: 200 })]);

    expect(answers.slice(0, 40)).toEqual(Array.from({ length: 40 }, (_, i) => [`m${i}`]));
    expect(answers[40]).toMatchObject([[{ error: { kind: 'timeout' } }]]);
  });

  it('answers for those who wait when its child is killed from outside', async () => {
    const engine = open();
    await quick(engine);
    const slow = engine.evaluate([policy('deny contains "slow" if count([i | some i in numbers.range(1, 800000); i > 0]) > 1')], ['{}'], DEADLINE);
    const others = Array.from({ length: 10 }, (_, i) => quick(engine, `m${i}`));

    await new Promise((resolve) => setImmediate(resolve));
    process.kill(engine.pid as number, 'SIGKILL');

    expect(await Promise.all(others)).toEqual(others.map((_, i) => [`m${i}`]));
    expect(await slow).toMatchObject([[{ decision: { deny: ['slow'] } }]]);
  });

  it('comes back with its policies after a restart', async () => {
    const engine = open();
    for (let round = 0; round < 5; round++) {
      expect(await quick(engine, `m${round}`)).toEqual([`m${round}`]);
      await engine.version();
      process.kill(engine.pid as number, 'SIGKILL');
    }
  });
});

/** A child that is not the engine: a program for Node given as text. */
const impostor = (program: string) => openEngine({ command: process.execPath, args: ['-e', program, '--'] });

describe('a child that does not do its work', () => {
  const engines: PolicyEngineClient[] = [];
  const answerOf = async (engine: PolicyEngineClient, deadlineMs = 500) => {
    engines.push(engine);
    const [[evaluation] = []] = await engine.evaluate([QUICK], ['{}'], { deadlineMs });
    return evaluation?.error;
  };
  after(() => Promise.all(engines.map((engine) => engine.close())));

  it('is an error when it cannot be started', async () => {
    expect(await answerOf(openEngine({ command: '/nowhere/policy-engine' }))).toMatchObject({ kind: 'internal', message: expect.stringContaining('could not be started') });
    expect(await engines.at(-1)?.check(QUICK)).toMatchObject({ errors: [{ kind: 'internal' }] });
    expect(await engines.at(-1)?.version()).toBeUndefined();
  });

  it('is an error when it dies at once', async () => {
    expect(await answerOf(impostor('process.exit(3)'))).toMatchObject({ kind: 'internal' });
  });

  it('is an error when it prints rubbish', async () => {
    expect(await answerOf(impostor('console.log("hello"); setInterval(() => {}, 1000)'))).toMatchObject({ kind: 'internal', message: expect.stringContaining('no answer') });
    expect(await answerOf(impostor('console.log(JSON.stringify({ surprise: 1 })); setInterval(() => {}, 1000)'))).toMatchObject({ kind: 'internal' });
  });

  it('is ended when it never answers', async () => {
    const engine = openEngine({ command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)', '--'], compileMs: 200 });
    expect(await answerOf(engine)).toMatchObject({ kind: 'timeout' });
    expect(engine.pid).toBeUndefined();
  });

  it('gets no environment and an empty folder', async () => {
    process.env.WINDLASS_TEST_CANARY = 'canary';
    const program = 'const m = JSON.stringify([Object.keys(process.env).filter((k) => /CANARY|PATH|HOME/.test(k)), require("fs").readdirSync(".")]);'
      + 'process.stdin.once("data", () => console.log(JSON.stringify({ id: 1, index: 0, errors: [{ kind: "internal", message: m }] })));';
    const engine = impostor(program);
    engines.push(engine);

    expect((await engine.check(QUICK)).errors).toEqual([{ kind: 'internal', message: '[[],[]]' }]);
    delete process.env.WINDLASS_TEST_CANARY;
  });
});
