import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import type { Guard } from './guard.ts';
import { isRecordedGroup, signalGroup, startTimeOf } from './processes.ts';
import { dropWorkspace, isHeldBy } from './run-folder.ts';
import type { ProcessGroup } from './processes.ts';
import { stopGroup } from './stop-ladder.ts';
import type { LadderTimes } from './stop-ladder.ts';

const Group = z.object({ pid: z.number(), start: z.string() });
const Document = z.object({
  runId: z.string(),
  lease: z.number(),
  launcher: Group,
  /** What stops the groups when the launcher dies. */
  guard: z.optional(z.nullable(Group)),
  folder: z.string(),
  /** Where the tool leaves `errored.tfstate`. */
  toolFolder: z.nullable(z.string()),
  groups: z.array(Group),
});
type Document = z.infer<typeof Document>;

export const runMark = (runId: string) => `TF_VAR_spacelift_run_id=${runId}`;
const recordsFolder = (workDir: string) => join(workDir, 'handovers');
export const rescueFolder = (workDir: string) => join(workDir, 'rescue');

/** What a later launcher must know if this one dies: the run's folder and its process groups. */
export class HandoverRecord {
  readonly #path: string;
  readonly #guard: Pick<Guard, 'pid'>;
  #document: Document;

  constructor(workDir: string, guard: Pick<Guard, 'pid'>, input: { readonly runId: string; readonly lease: number; readonly folder: string }) {
    this.#guard = guard;
    mkdirSync(recordsFolder(workDir), { recursive: true, mode: 0o700 });
    this.#path = join(recordsFolder(workDir), `${input.runId}-${input.lease}.json`);
    this.#document = { ...input, launcher: groupOf(process.pid), guard: null, toolFolder: null, groups: [] };
    this.#save();
  }

  toolRunsIn(folder: string): void {
    this.#document = { ...this.#document, toolFolder: folder };
    this.#save();
  }

  add(pid: number): void {
    this.#document = { ...this.#document, groups: [...this.#document.groups, groupOf(pid)] };
    this.#save();
  }

  /** Kills what steps left running in the background: a handover leaves nothing behind. */
  endGroups(): void {
    for (const group of this.#document.groups) if (signalGroup(group.pid, 0) && isRecordedGroup(group, runMark(this.#document.runId))) signalGroup(group.pid, 'SIGKILL');
  }

  get pids(): readonly number[] {
    return this.#document.groups.map((group) => group.pid);
  }

  delete(): void {
    rmSync(this.#path, { force: true });
  }

  #save(): void {
    const { pid } = this.#guard;
    writeFileSync(this.#path, JSON.stringify({ ...this.#document, guard: pid === undefined ? null : groupOf(pid) }), { mode: 0o600 });
  }
}

const groupOf = (pid: number): ProcessGroup => ({ pid, start: startTimeOf(pid) ?? '' });
const isAlive = ({ pid, start }: ProcessGroup): boolean => startTimeOf(pid) === start;

/** As long as a guard takes at most, and a little. */
const GUARD_MS = 45_000;

/** A second interruption would make a tool leave without saving its state: the dead launcher's guard is let finish what it is at. */
async function guardIsDone(guard: ProcessGroup): Promise<void> {
  for (const until = Date.now() + GUARD_MS; isAlive(guard) && Date.now() < until;) await sleep(100);
}

/** Ends what dead launchers left running in this work folder, keeps their unsent states and removes their run folders. */
export async function endLeftovers(workDir: string, options: { readonly ladder?: LadderTimes; readonly onFound?: (runId: string) => void } = {}): Promise<void> {
  const folder = recordsFolder(workDir);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const record = readRecord(path);
      if (record && isAlive(record.launcher)) return;
      if (record) {
        options.onFound?.(record.runId);
        if (record.guard) await guardIsDone(record.guard);
        await Promise.all(record.groups.map((group: ProcessGroup) => (isRecordedGroup(group, runMark(record.runId)) ? stopGroup(group.pid, options.ladder) : Promise.resolve())));
        // A later handover of the run may be at work there by now.
        if (isHeldBy(record.folder, record.lease)) {
          if (record.toolFolder) rescueState(workDir, record, record.toolFolder);
          dropWorkspace(record.folder);
        }
      }
      rmSync(path, { force: true });
    }),
  );
}

/** Keeps an `errored.tfstate` that could not be delivered; a starting launcher sends it. */
export function rescueState(workDir: string, run: { readonly runId: string; readonly lease: number }, toolFolder: string): boolean {
  return rescueFile(workDir, run, join(toolFolder, 'errored.tfstate'));
}

/** The same for a state that the tool had handed over already. */
export function rescueFile(workDir: string, run: { readonly runId: string; readonly lease: number }, errored: string): boolean {
  // A link may lead to what the steps could not read themselves.
  if (!lstatSync(errored, { throwIfNoEntry: false })?.isFile()) return false;
  const target = join(rescueFolder(workDir), `${run.runId}-${run.lease}`);
  mkdirSync(target, { recursive: true, mode: 0o700 });
  try {
    renameSync(errored, join(target, 'errored.tfstate'));
  } catch {
    // Another file system.
    writeFileSync(join(target, 'errored.tfstate'), readFileSync(errored), { mode: 0o600 });
  }
  return true;
}

function readRecord(path: string): Document | undefined {
  try {
    return Document.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}
