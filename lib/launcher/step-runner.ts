import { rmSync } from 'node:fs';
import type { Guard } from './guard.ts';
import type { HandoverRecord } from './handover-record.ts';
import type { RunFolder } from './run-folder.ts';
import { readOfStep } from './run-folder.ts';
import type { RunLog } from './run-log.ts';
import { changedExports, phaseScript, quote } from './step-script.ts';
import { Step } from './step.ts';
import type { StepResult, StepUser } from './step.ts';
import type { LadderTimes } from './stop-ladder.ts';

/** A program with arguments, or a line of shell. */
export type Command = { readonly program: string; readonly args: readonly string[]; readonly outputTo?: string } | { readonly shell: string };

export interface PhaseInput {
  readonly before: readonly string[];
  readonly commands: readonly Command[];
  readonly after: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export interface StepRunnerOptions {
  readonly log: RunLog;
  readonly record: HandoverRecord;
  readonly guard: Guard;
  readonly folder: RunFolder;
  readonly user: StepUser | undefined;
  readonly noOutputTimeoutMs: number;
  readonly onSilence: () => void;
  readonly ladder?: LadderTimes | undefined;
  /** Told the exact commands, when debugging. */
  readonly debug: (command: string) => void;
}

/** Runs the phases of one handover: one shell for a phase with hooks, the bare program for one without. */
export class StepRunner {
  readonly #options: StepRunnerOptions;
  /** What hooks exported so far; later phases see it. */
  exported: Record<string, string> = {};
  #step: Step | undefined;
  #stopping = false;
  #killed = false;

  constructor(options: StepRunnerOptions) {
    this.#options = options;
  }

  async run(phase: PhaseInput): Promise<StepResult> {
    const { before, commands, after, env, cwd } = phase;
    if (before.length + after.length > 0 || commands.some((command) => 'shell' in command)) return this.#runShell(phase);
    for (const command of commands) {
      if ('shell' in command) continue;
      const result = await this.#runOne(command.program, command.args, env, cwd, command.outputTo);
      if (!result.ok) return result;
    }
    return { ok: true };
  }

  /** Lets the running step end by the ladder. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#step?.stop();
  }

  /** A new step may start after a stop: `after_run` hooks. */
  resume(): void {
    this.#stopping = false;
  }

  kill(): void {
    this.#killed = true;
    this.#step?.kill();
    this.#options.record.endGroups();
  }

  async #runShell({ before, commands, after, env, cwd }: PhaseInput): Promise<StepResult> {
    const dump = this.#options.folder.exportsDump;
    const main = commands.map((command) => ('shell' in command ? command.shell : [command.program, ...command.args].map(quote).join(' ') + (command.outputTo ? ` > ${quote(command.outputTo)}` : '')));
    rmSync(dump, { force: true });
    const result = await this.#runOne('/bin/sh', ['-c', phaseScript({ before, main, after, exportsPath: dump })], env, cwd);
    const text = readOfStep(dump, this.#options.user);
    rmSync(dump, { force: true });
    if (text !== undefined) this.exported = { ...this.exported, ...changedExports(text, env) };
    return result;
  }

  async #runOne(program: string, args: readonly string[], env: Readonly<Record<string, string>>, cwd: string, outputTo?: string): Promise<StepResult> {
    const { log, record, guard, user, ladder, noOutputTimeoutMs, onSilence, debug } = this.#options;
    if (this.#stopping || this.#killed) return { ok: false, reason: 'stopped' };
    debug([program, ...args].join(' '));
    let silence: NodeJS.Timeout | undefined;
    const heard = () => {
      if (silence) silence.refresh();
      else if (noOutputTimeoutMs > 0) silence = setTimeout(onSilence, noOutputTimeoutMs);
    };
    heard();
    try {
      this.#step = new Step({
        command: program, args, cwd, env, user, ...(ladder ? { ladder } : {}),
        stdout: outputTo === undefined ? log.pipe(heard) : { file: outputTo },
        stderr: log.pipe(heard),
        pipes: guard.pipes,
        onStart: (pid) => {
          guard.watch(pid);
          record.add(pid);
        },
      });
      const result = await this.#step.done;
      // A ladder that is still being climbed ends with the group, which may outlive its leader.
      if (this.#stopping) await this.#step.stop();
      return result;
    } finally {
      this.#step = undefined;
      clearTimeout(silence);
    }
  }
}
