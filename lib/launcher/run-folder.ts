import { randomUUID } from 'node:crypto';
import { closeSync, constants, fstatSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { StepUser } from './step.ts';

/** Where a run lives on this machine. The workspace is the run's own; the private folder is the launcher's and the run cannot reach it. */
export class RunFolder {
  readonly workspace: string;
  readonly private: string;
  /** Part of `private` that is saved with the workspace across pauses. */
  readonly kept: string;
  readonly #lease: number;
  readonly #trash: string[] = [];

  constructor(runRoot: string, workDir: string, runId: string, lease: number) {
    this.#lease = lease;
    this.workspace = join(runRoot, runId);
    this.private = join(workDir, 'private', `${runId}-${lease}`);
    this.kept = join(this.private, 'kept');
  }

  get source(): string {
    return join(this.workspace, 'source');
  }

  get home(): string {
    return join(this.workspace, 'home');
  }

  get planJson(): string {
    return join(this.workspace, 'spacelift.plan.json');
  }

  /** Where the shell of a phase leaves its environment. */
  get exportsDump(): string {
    return join(this.home, '.windlass-exports');
  }

  toolFolder(projectRoot: string): string {
    return join(this.source, projectRoot);
  }

  /** Empty folders, whatever an earlier handover left. */
  make(): void {
    // Mostly there is nothing, or an empty folder.
    for (const folder of [this.workspace, this.private]) rmSync(folder, { recursive: true, force: true });
    for (const folder of [this.workspace, this.home, this.kept]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(holderFile(this.workspace), String(this.#lease), { mode: 0o600 });
  }

  get isOurs(): boolean {
    return isHeldBy(this.workspace, this.#lease);
  }

  /**
   * Frees the name of the workspace, before another handover of the run can begin here. What that one has made by now is left alone:
   * the name is the same on every worker.
   */
  setAside(): void {
    if (!this.isOurs) return;
    const trash = join(dirname(this.workspace), `.gone-${basename(this.workspace)}-${randomUUID()}`);
    rmSync(holderFile(this.workspace), { force: true });
    renameSync(this.workspace, trash);
    this.#trash.push(trash);
  }

  /** Gone under its name at once; the files go in the background. */
  async remove(): Promise<void> {
    this.setAside();
    await Promise.all([...this.#trash, this.private].map((path) => rm(path, { recursive: true, force: true })));
  }

  async readExported(): Promise<Record<string, string>> {
    try {
      const document: unknown = JSON.parse(readFileSync(join(this.kept, 'exported.json'), 'utf8'));
      return Object.fromEntries(Object.entries(document as object).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
    } catch {
      return {};
    }
  }

  /** Words that steps asked to be masked, for the handovers to come. */
  async readMasks(): Promise<readonly string[]> {
    try {
      const document: unknown = JSON.parse(readFileSync(join(this.kept, 'masks.json'), 'utf8'));
      return Array.isArray(document) ? document.filter((word) => typeof word === 'string') : [];
    } catch {
      return [];
    }
  }

  async keepMasks(words: readonly string[]): Promise<void> {
    await writeFile(join(this.kept, 'masks.json'), JSON.stringify(words), { mode: 0o600 });
  }

  async keepExported(exported: Readonly<Record<string, string>>): Promise<void> {
    await writeFile(join(this.kept, 'exported.json'), JSON.stringify(exported), { mode: 0o600 });
  }
}

const holderFile = (workspace: string): string => join(dirname(workspace), `.holder-${basename(workspace)}`);

/** Whether a workspace is still that of a handover, and not of a later one. */
export const isHeldBy = (workspace: string, lease: number): boolean => holderOf(workspace) === lease;

/** Deletes the workspace of a handover whose launcher is gone. */
export function dropWorkspace(workspace: string): void {
  for (const path of [workspace, holderFile(workspace)]) rmSync(path, { recursive: true, force: true });
}

function holderOf(workspace: string): number | undefined {
  try {
    return Number(readFileSync(holderFile(workspace), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Reads a file that a step wrote, only if it is what it should be: a regular file of that user, through no link. */
export function readOfStep(path: string, user: StepUser | undefined, maxBytes = 8 * 1024 * 1024): string | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const facts = fstatSync(file);
    if (!facts.isFile() || facts.size > maxBytes || (user && facts.uid !== user.uid)) return undefined;
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}
