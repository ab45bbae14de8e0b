// A reporter for test runs: says at the end how long each part took, which is a file, or a folder where files of several were run.
import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

/** `test/core/runs/x.test.ts` belongs to `test/core`. */
const folderOf = (file: string): string => file.split('/').slice(0, 2).join('/');

/** Seconds of each part, by the milliseconds of its files. Files that ran beside one another are both counted in full. */
export function partsOf(files: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const folders = new Set([...files.keys()].map(folderOf));
  if (folders.size < 2) return files;
  const parts = new Map<string, number>();
  for (const [file, ms] of files) parts.set(folderOf(file), (parts.get(folderOf(file)) ?? 0) + ms);
  return parts;
}

export default async function* partTimes(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const times = new Map<string, number>();
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { nesting, file, details } = event.data;
    const path = file === undefined ? '' : relative(process.cwd(), file);
    if (nesting === 0 && path.endsWith('.test.ts')) times.set(path, (times.get(path) ?? 0) + details.duration_ms);
  }
  for (const [part, ms] of partsOf(times)) yield `part    ${part} (${Math.round(ms / 1000)} s)\n`;
}
