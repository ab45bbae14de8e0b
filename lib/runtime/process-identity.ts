import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Tells one process from a later one with the same pid: the kernel's start time of it, or undefined when there is none. */
export function startTimeOf(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name may hold spaces and brackets; the start time is the 20th field after it.
    const rest = fields.slice(fields.lastIndexOf(')') + 2).split(' ');
    return rest[0] === 'Z' ? undefined : rest[19];
  } catch {
    if (process.platform === 'linux') return undefined;
    try {
      const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', timeout: 5000 }).trim();
      return text === '' ? undefined : text;
    } catch {
      return undefined;
    }
  }
}

export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, startTime: startTimeOf(process.pid) ?? 'unknown' };
}

export const isAlive = (identity: ProcessIdentity): boolean => startTimeOf(identity.pid) === identity.startTime;
