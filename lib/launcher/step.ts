import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, fchownSync, openSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { signalGroup } from './processes.ts';
import type { StepPipes } from './step-pipes.ts';
import { LADDER, stopGroup } from './stop-ladder.ts';
import type { LadderTimes } from './stop-ladder.ts';

/** The user that steps run as when the launcher is root. */
export interface StepUser {
  readonly uid: number;
  readonly gid: number;
}

/** Sink of one output stream. */
export interface Sink {
  write(bytes: Buffer): void;
  end(): void;
}

export interface StepOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: StepUser | undefined;
  readonly stdout: Sink | { readonly file: string };
  readonly stderr: Sink;
  readonly pipes: StepPipes;
  readonly onStart: (pid: number) => void;
  readonly ladder?: LadderTimes;
}

export type StepResult =
  | { readonly ok: true }
  /** `reason` in words, such as `exit status 1`. */
  | { readonly ok: false; readonly reason: string };

interface Output {
  readonly stream: Socket;
  readonly sink: Sink;
}

/** Output that a background child may still hold open is not waited for longer than this. */
const LINGER_MS = 1000;

/** One child process in its own group, so that it can be stopped whole. */
export class Step {
  readonly done: Promise<StepResult>;
  readonly #child: ChildProcess;
  readonly #ladder: LadderTimes;
  #over = false;
  #stopping: Promise<void> | undefined;

  constructor(options: StepOptions) {
    const { command, args, cwd, env, user, stdout, stderr, pipes } = options;
    this.#ladder = options.ladder ?? LADDER;
    const err = pipes.open();
    const out = 'file' in stdout ? undefined : pipes.open();
    const target = 'file' in stdout ? newFile(stdout.file, user) : (out?.writer ?? 'ignore');
    try {
      this.#child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', target, err.writer], ...user });
    } finally {
      closeSync(err.writer);
      if (typeof target === 'number') closeSync(target);
    }
    const outputs: Output[] = [{ stream: err.reader, sink: stderr }];
    if (out !== undefined && !('file' in stdout)) outputs.push({ stream: out.reader, sink: stdout });
    this.done = this.#follow(options, outputs);
  }

  /** Climbs the stop ladder; calling again changes nothing. */
  async stop(): Promise<void> {
    const pid = this.#child.pid;
    if (pid !== undefined && !this.#over) this.#stopping ??= stopGroup(pid, this.#ladder);
    await this.#stopping;
  }

  kill(): void {
    if (this.#child.pid !== undefined) signalGroup(this.#child.pid, 'SIGKILL');
  }

  async #follow(options: StepOptions, outputs: readonly Output[]): Promise<StepResult> {
    const child = this.#child;
    const pid = child.pid;
    const outcome = new Promise<StepResult>((resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) => resolve({ ok: false, reason: `cannot start ${options.command}: ${error.code === 'E2BIG' ? 'the environment is too large' : error.message}` }));
      child.once('exit', (code, signal) => resolve(code === 0 ? { ok: true } : { ok: false, reason: signal ? `ended by ${signal}` : `exit status ${String(code)}` }));
    });
    const closed = Promise.all(outputs.map(({ stream }) => new Promise<void>((resolve) => stream.once('close', () => resolve()))));
    if (pid !== undefined) options.onStart(pid);
    for (const { stream, sink } of outputs) stream.on('data', (bytes: Buffer) => sink.write(bytes)).on('error', () => undefined);

    const result = await outcome;
    this.#over = true;
    if (pid !== undefined) {
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([closed, new Promise<void>((resolve) => (timer = setTimeout(resolve, LINGER_MS)))]);
      clearTimeout(timer);
    }
    for (const { stream, sink } of outputs) {
      stream.removeAllListeners('data').resume();
      sink.end();
    }
    return result;
  }
}

/** A file that is new: what a step may have put in its place, such as a link, is not followed. */
function newFile(path: string, user: StepUser | undefined): number {
  rmSync(path, { force: true });
  const file = openSync(path, 'wx', 0o600);
  if (user) fchownSync(file, user.uid, user.gid);
  return file;
}
