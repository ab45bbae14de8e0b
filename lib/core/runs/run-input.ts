import type { CommitInfo } from '../ports/vcs.ts';
import { invalid } from '../shared/errors.ts';
import type { EnvironmentOverride } from './run.ts';

// Together they keep a run's row well below the 64 KiB that a row may have.
const MAX_METADATA_BYTES = 4 * 1024;
const MAX_METADATA_ENTRIES = 4;
const MAX_MESSAGE_LENGTH = 4000;
const MAX_TITLE_LENGTH = 200;
const MAX_COMMAND_BYTES = 8 * 1024;
const MAX_OVERRIDES_BYTES = 12 * 1024;
const MAX_RUNTIME_CONFIG_BYTES = 12 * 1024;
const MAX_TARGETS_BYTES = 8 * 1024;
const MAX_COMMENT_BYTES = 16 * 1024;
export const MAX_NOTE_BYTES = 4 * 1024;

function requireAtMost(what: string, text: string, bytes: number): void {
  if (Buffer.byteLength(text) > bytes) throw invalid(`${what} is longer than ${bytes} bytes`, { limit: bytes });
}

/** What a client sent along for policies, appended in order and never interpreted (runs.md §13). */
export function withMetadata(existing: readonly string[], entry: string | null | undefined): readonly string[] {
  if (entry === null || entry === undefined || entry === '') return existing;
  requireAtMost('the run metadata', entry, MAX_METADATA_BYTES);
  if (existing.length >= MAX_METADATA_ENTRIES) throw invalid(`a run takes at most ${MAX_METADATA_ENTRIES} entries of metadata`);
  return [...existing, entry];
}

/** An empty note is none. */
export function noteOf(note: string | null | undefined): string | null {
  if (note === null || note === undefined || note.trim() === '') return null;
  requireAtMost('the note', note, MAX_NOTE_BYTES);
  return note;
}

export function commandOf(command: string): string {
  if (command.trim() === '') throw invalid('a task needs a command');
  if (command.includes('\0')) throw invalid('the command holds a NUL character');
  requireAtMost('the command', command, MAX_COMMAND_BYTES);
  return command;
}

export function commentOf(body: string): string {
  if (body.trim() === '') throw invalid('a comment needs a text');
  requireAtMost('the comment', body, MAX_COMMENT_BYTES);
  return body;
}

/** Addresses to plan again; each becomes one argument of the tool. */
export function targetsOf(targets: readonly string[]): readonly string[] {
  const unique = [...new Set(targets.map((target) => target.trim()))].filter((target) => target !== '');
  if (unique.length === 0) throw invalid('a targeted replan needs at least one address');
  const bad = unique.find((target) => target.startsWith('-') || /[\x00-\x1f]/.test(target));
  if (bad !== undefined) throw invalid(`"${bad}" is not the address of a resource`);
  requireAtMost('the list of addresses', unique.join('\n'), MAX_TARGETS_BYTES);
  return unique;
}

/** Variables that rank above all others for one run. The last of two with one name counts. */
export function overridesOf(overrides: readonly EnvironmentOverride[]): readonly EnvironmentOverride[] {
  const byKey = new Map<string, EnvironmentOverride>();
  for (const { key, value } of overrides) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) throw invalid(`"${key}" is not the name of an environment variable`);
    if (value.includes('\n') || value.includes('\0')) throw invalid(`the value of ${key} may not hold line breaks`);
    byKey.set(key, { key, value });
  }
  const list = [...byKey.values()];
  requireAtMost('the list of variables', JSON.stringify(list), MAX_OVERRIDES_BYTES);
  return list;
}

export function runtimeConfigOf(yaml: string | null | undefined): string | null {
  if (yaml === null || yaml === undefined || yaml.trim() === '') return null;
  requireAtMost('the runtime configuration', yaml, MAX_RUNTIME_CONFIG_BYTES);
  return yaml;
}

/** A very long message is cut, for the run's row has a limit. */
export const keptCommit = (commit: CommitInfo): CommitInfo => (commit.message.length <= MAX_MESSAGE_LENGTH ? commit : { ...commit, message: commit.message.slice(0, MAX_MESSAGE_LENGTH) });

/** First line of the message; without one, the start of the hash. */
export function titleOf(commit: Pick<CommitInfo, 'hash' | 'message'>): string {
  const subject = commit.message.split('\n', 1)[0]?.trim() ?? '';
  return subject === '' ? commit.hash.slice(0, 8) : subject.slice(0, MAX_TITLE_LENGTH);
}

export const titleOfTask = (command: string): string => command.slice(0, MAX_TITLE_LENGTH);

/** A commit hash as given by a client, or nothing. */
export function commitShaOf(sha: string | null | undefined): string | null {
  if (sha === null || sha === undefined || sha === '') return null;
  if (!/^[0-9a-f]{7,64}$/i.test(sha)) throw invalid(`"${sha}" is not a commit hash`);
  return sha.toLowerCase();
}
