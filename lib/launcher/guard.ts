import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { StepPipes } from './step-pipes.ts';

/** Reads `+pid` and `-pid`; when the pipe closes without `q`, the launcher is gone: the named groups are read out, and stopped. */
const SCRIPT = `
groups=
without() { left=; for g in $groups; do [ "$g" = "$1" ] || left="$left $g"; done; groups=$left; }
signal() { for g in $groups; do kill -s "$1" -- "-$g" 2>/dev/null; done; }
alive() { for g in $groups; do kill -s 0 -- "-$g" 2>/dev/null && return 0; done; return 1; }
await() { n=$1; while [ "$n" -gt 0 ] && alive; do sleep 1; n=$((n - 1)); done; }
while IFS= read -r line; do
  case $line in
    +*) groups="$groups \${line#+}" ;;
    -*) without "\${line#-}" ;;
    q) exit 0 ;;
  esac
done
trap '' INT TERM HUP
for g in $groups; do for fd in 1 2; do [ -p "/proc/$g/fd/$fd" ] && cat "/proc/$g/fd/$fd" > /dev/null 2>&1 & done; done
signal INT; await 30
signal TERM; await 10
signal KILL
`;

/** A small shell that outlives a killed launcher just long enough to stop what the launcher had started. */
export class Guard {
  readonly pipes: StepPipes;
  #child: ChildProcess | undefined;
  readonly #groups = new Set<number>();

  constructor(pipesFolder: string) {
    this.pipes = new StepPipes(pipesFolder);
  }

  /** Of the shell, while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts the shell, or a new one if it was killed. */
  ensure(): void {
    if (this.#child && this.#child.exitCode === null && this.#child.signalCode === null) return;
    const child = spawn('/bin/sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/', env: { PATH: process.env.PATH ?? '/usr/bin:/bin' } });
    child.on('error', () => undefined);
    child.stdin.on('error', () => undefined);
    child.unref();
    this.#child = child;
    for (const pid of this.#groups) this.#send(`+${pid}`);
  }

  watch(pid: number): void {
    this.#groups.add(pid);
    this.#send(`+${pid}`);
  }

  forget(pid: number): void {
    this.#groups.delete(pid);
    this.#send(`-${pid}`);
  }

  /** The launcher leaves in order: nothing is to be stopped any more. */
  async close(): Promise<void> {
    this.#send('q');
    this.#child?.stdin?.end();
    this.#child = undefined;
    await this.pipes.close();
  }

  #send(line: string): void {
    this.#child?.stdin?.write(`${line}\n`);
  }
}
