import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { expect } from 'expect';
import { builtEngine } from '../../lib/policy-engine/binary.ts';
import { contractOf, isPolicyType } from '../../lib/policy-engine/contracts.ts';
import { PolicyEngineClient } from '../../lib/policy-engine/policy-engine.ts';
import { readRegoFile } from '../../lib/policy-engine/rego-files.ts';
import { needsEngine } from '../support/policy-builders.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'docs', 'policies');
const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);

interface Example {
  readonly input: unknown;
  readonly decision: object;
}

interface Examples {
  readonly allowing: Example;
  readonly denying: Example;
}

const examplesOf = (name: string) => JSON.parse(readFileSync(join(folder, name, 'examples.json'), 'utf8')) as Examples;

describe('the library of policies', () => {
  it('has twenty, each in the index with its type', async () => {
    const index = readFileSync(join(folder, 'README.md'), 'utf8');
    expect(names.length).toBe(20);
    for (const name of names) {
      const { type } = await readRegoFile(join(folder, name, 'policy.rego'));
      expect(index).toContain(`| [${name}](${name}/policy.rego) | ${type} |`);
    }
  });

  describe('with the engine', needsEngine, () => {
    let engine: PolicyEngineClient;
    before(async () => {
      engine = new PolicyEngineClient({ command: (await builtEngine(root)) ?? '', memoryMib: 512, maxInputMib: 8 });
    });
    after(() => engine.close());

    const windlass = (...args: readonly string[]) => promisify(execFile)(join(root, 'bin', 'windlass'), ['policy', ...args, folder]);

    it('passes its own tests', async () => {
      const { stdout } = await windlass('test');
      expect(stdout).toMatch(/\n\d+ passed, 0 failed\n$/);
      for (const name of names) expect(stdout).toMatch(new RegExp(`PASS .*${name}/policy_test\\.rego`));
    });

    it('is written as the formatter writes', async () => {
      expect((await windlass('fmt-check')).stdout).toBe('');
    });

    for (const name of names) {
      for (const kind of ['allowing', 'denying'] as const) {
        it(`${name} decides on its ${kind} input`, async () => {
          const { type, source, version } = await readRegoFile(join(folder, name, 'policy.rego'));
          if (type === undefined || !isPolicyType(type)) throw new Error(`${name} does not say its type`);
          const { input, decision } = examplesOf(name)[kind];
          const [[evaluation] = []] = await engine.evaluate([{ type, version, source }], [JSON.stringify(input)], { deadlineMs: contractOf(type).deadlineMs });
          expect(evaluation).toMatchObject({ decision, malformed: [] });
        });
      }

      it(`${name} may be saved`, async () => {
        const { type, source, version } = await readRegoFile(join(folder, name, 'policy.rego'));
        if (type === undefined) throw new Error(`${name} does not say its type`);
        expect(await engine.check({ type, version, source })).toMatchObject({ errors: [] });
      });
    }
  });
});
