import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { builtEngine } from '../../lib/policy-engine/binary.ts';
import { PolicyEngineClient, type PolicyEngineOptions } from '../../lib/policy-engine/policy-engine.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

async function ensureEngine(): Promise<{ readonly command: string | undefined; readonly missing: string | false }> {
  let command = await builtEngine(root);
  if (!command) {
    const built = spawnSync(process.execPath, ['--no-warnings', `${root}/bin/build-engine.ts`], { encoding: 'utf8', timeout: 280_000 });
    command = await builtEngine(root);
    if (!command) return { command, missing: built.stderr.includes('Go') ? 'Go is missing, so there is no policy engine' : 'the policy engine does not build' };
  }
  return { command, missing: false };
}

const engine = await ensureEngine();

/** Why tests that need the engine are skipped, if so. */
export const skip = engine.missing;

export const engineCommand = engine.command ?? 'no-engine';

export const openEngine = (options: Partial<PolicyEngineOptions> = {}) =>
  new PolicyEngineClient({ command: engineCommand, memoryMib: 512, maxInputMib: 64, ...options });
