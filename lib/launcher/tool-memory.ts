import { totalmem } from 'node:os';

const PLENTY_BYTES = 8 * 1024 ** 3;

/** What this process may use: the machine's memory, or less where a container sets a limit. */
const memoryBytes = (): number => Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);

/**
 * Where memory is plenty the tool and its providers, Go programs that live for moments, collect garbage a quarter as often: measured on a
 * small configuration, each execution takes a quarter less time, with a heap of up to five times what is in use in place of two.
 */
export function garbageCollection(available = memoryBytes()): Readonly<Record<string, string>> {
  return available >= PLENTY_BYTES ? { GOGC: '400' } : {};
}
