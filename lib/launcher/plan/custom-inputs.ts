import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunFailure } from '../handover-parts.ts';

const FILE = /^(.+)\.custom\.spacelift\.json$/;
const MAX_BYTES = 8 * 1024 * 1024;

/** What the project left for policies beside its plan, `<key>.custom.spacelift.json`, as one JSON object by key; undefined when there is none. */
export function customInputs(folder: string, mask: (text: string) => string): string | undefined {
  const members = readdirSync(folder).sort().flatMap((name) => {
    const key = FILE.exec(name)?.[1];
    return key === undefined ? [] : [`${JSON.stringify(key)}:${objectText(folder, name, mask)}`];
  });
  return members.length === 0 ? undefined : `{${members.join(',')}}`;
}

/** The text as it is, which keeps its numbers exact; what the run knows as secret is masked. */
function objectText(folder: string, name: string, mask: (text: string) => string): string {
  const text = mask(regularFile(folder, name));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RunFailure(`${name} is not valid JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RunFailure(`${name} must hold a JSON object`);
  return text;
}

/** A link or a pipe is not followed: it may lead out of the workspace. */
function regularFile(folder: string, name: string): string {
  let file: number;
  try {
    file = openSync(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    throw new RunFailure(`${name} cannot be read as a regular file`);
  }
  try {
    const facts = fstatSync(file);
    if (!facts.isFile()) throw new RunFailure(`${name} is no regular file`);
    if (facts.size > MAX_BYTES) throw new RunFailure(`${name} is over 8 MiB`);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}
