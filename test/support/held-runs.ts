// Runs that are held in the middle, until a gate is opened or what runs them is gone.
import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import type { Platform, TestStack } from './platform.ts';

export const HEALED = 'resource "terraform_data" "a" {\n  input = "healed"\n}\n';

export interface Gate {
  /** A shell line that waits until the gate is opened. */
  readonly wait: string;
  open(): Promise<void>;
  /** Whether something still waits for it. */
  isAwaited(): boolean;
}

export function gateIn(platform: Pick<Platform, 'folder'>, name: string): Gate {
  const path = join(platform.folder, `gate-${name}`);
  return {
    wait: `until [ -e '${path}' ]; do sleep 0.05; done`,
    open: async () => void (await mkdir(path)),
    isAwaited: () => spawnSync('pgrep', ['-f', `${path}'`]).status === 0,
  };
}

/** Makes one resource, then waits in the middle of making another. */
export const slow = (gate: Gate) => `resource "terraform_data" "a" {\n  input = "a"\n}\nresource "terraform_data" "slow" {\n  depends_on = [terraform_data.a]\n  provisioner "local-exec" {\n    command = "echo half-way; ${gate.wait}"\n  }\n}\n`;

/** In the middle of the apply: the provisioner says so. */
export async function applying(stack: TestStack): Promise<string> {
  const runId = await stack.trigger();
  await stack.reaches(runId, 'APPLYING');
  await eventually('the apply to be half-way', async () => {
    const { run } = await stack.query<{ run: { history: { state: string; stateVersion: number }[] } }>(`run(id: "${runId}") { history { state stateVersion } }`);
    const { stateVersion } = run.history[0] ?? { stateVersion: 0 };
    const { run: log } = await stack.query<{ run: { logs: { messages: { message: string }[] } | null } }>(`run(id: "${runId}") { logs(state: APPLYING, stateVersion: ${stateVersion}) { messages { message } } }`);
    return log.logs?.messages.some(({ message }) => message.includes('half-way'));
  });
  return runId;
}
