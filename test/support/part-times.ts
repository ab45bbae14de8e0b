// A reporter for test runs: says at the end how long each file took.
import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

export default async function* partTimes(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const times = new Map<string, number>();
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { nesting, file, details } = event.data;
    if (nesting === 0 && file !== undefined) times.set(file, (times.get(file) ?? 0) + details.duration_ms);
  }
  for (const [file, ms] of times) yield `part    ${relative(process.cwd(), file)} (${Math.round(ms / 1000)} s)\n`;
}
