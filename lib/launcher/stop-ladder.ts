import { setTimeout as sleep } from 'node:timers/promises';
import { groupIsAlive, signalGroup } from './processes.ts';

export interface LadderTimes {
  readonly interruptMs: number;
  readonly terminateMs: number;
}

/** Half a minute for the tool to write its state and unlock it, then ever harder. */
export const LADDER: LadderTimes = { interruptMs: 30_000, terminateMs: 10_000 };

/** SIGINT, SIGTERM, SIGKILL to a process group, each when the one before had its time; resolves when the group is gone. */
export async function stopGroup(pid: number, times: LadderTimes = LADDER): Promise<void> {
  for (const [signal, waitMs] of [['SIGINT', times.interruptMs], ['SIGTERM', times.terminateMs], ['SIGKILL', 5000]] as const) {
    if (!signalGroup(pid, signal)) return;
    if (await isGone(pid, waitMs)) return;
  }
}

async function isGone(pid: number, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  for (let pause = 5; ; pause = Math.min(pause * 2, 250)) {
    if (!groupIsAlive(pid)) return true;
    if (Date.now() >= deadline) return false;
    await sleep(Math.min(pause, Math.max(1, deadline - Date.now())));
  }
}
