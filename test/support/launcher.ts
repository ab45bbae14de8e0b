// A whole launcher in this process, against the worker protocol's server double.
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent } from '../../lib/launcher/agent.ts';
import { readConfig } from '../../lib/launcher/config.ts';
import { jsonLog } from '../../lib/launcher/log.ts';
import type { LadderTimes } from '../../lib/launcher/stop-ladder.ts';
import { scratchFolder } from './scratch.ts';
import { workerServer } from './worker-server.ts';

export const QUICK_LADDER: LadderTimes = { interruptMs: 300, terminateMs: 200 };

export interface LauncherSetup {
  readonly environment?: Readonly<Record<string, string>>;
  readonly server?: Parameters<typeof workerServer>[0];
}

export async function launcherAgainstDouble(setup: LauncherSetup = {}) {
  const server = await workerServer(setup.server);
  const scratch = await scratchFolder('launcher');
  // The steps' user must get through to the run folders.
  await chmod(scratch.path, 0o755);
  const runRoot = join(scratch.path, 'runs');
  await mkdir(runRoot);
  const log: string[] = [];
  const standardOutput: string[] = [];

  const start = (environment: Readonly<Record<string, string>> = {}) => {
    const config = readConfig({
      PATH: process.env.PATH, HOME: scratch.path, SPACELIFT_TOKEN: server.token, SPACELIFT_POOL_PRIVATE_KEY: Buffer.from(server.keys.privateKey).toString('base64'),
      SPACELIFT_LAUNCHER_WORK_DIR: join(scratch.path, 'launcher'), WINDLASS_RUN_ROOT: runRoot, ...setup.environment, ...environment,
    });
    const agent = new Agent(config, { log: jsonLog((line) => log.push(line), { debug: true }), standardOutput: (line) => standardOutput.push(line), ladder: QUICK_LADDER });
    return { agent, ended: agent.run() };
  };
  let current = start();

  return {
    server, runRoot, scratch: scratch.path, log, standardOutput, start,
    get agent() {
      return current.agent;
    },
    get ended() {
      return current.ended;
    },
    async stop(): Promise<number> {
      current.agent.drain('signal');
      return current.ended;
    },
    restart(environment: Readonly<Record<string, string>> = {}): void {
      current = start(environment);
    },
    async close(): Promise<void> {
      current.agent.drain('signal');
      await current.ended;
      await server.close();
      await scratch.remove();
    },
  };
}
export type TestLauncher = Awaited<ReturnType<typeof launcherAgainstDouble>>;
