import { readFile } from 'node:fs/promises';
import { isObject, writeJson, type JsonValue } from '../../protocol/json-value.ts';
import { parseJson } from '../../protocol/json-walk.ts';

/** Which parts of each resource the tool marks sensitive: trees of booleans by address, and no values. */
export type SensitiveMarks = ReadonlyMap<string, JsonValue>;

export const NO_MARKS: SensitiveMarks = new Map();

export const marksText = (marks: SensitiveMarks): string => writeJson(marks);

/** Marks saved beside a plan, for the handover that applies it; none when the file is not there. */
export async function readMarks(path: string): Promise<SensitiveMarks> {
  const text = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const value = text === undefined ? undefined : parseJson(text);
  return isObject(value) ? value : NO_MARKS;
}
