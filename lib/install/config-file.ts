import { readFileSync } from 'node:fs';
import { readConfigText, type Read, type ReadOptions } from './read-config.ts';

/** A file that cannot be used; programs end with code 2 then. */
export class ConfigurationFault extends Error {
  override name = 'ConfigurationFault';
  readonly faults: readonly string[];

  constructor(path: string, faults: readonly string[]) {
    super(`${path} cannot be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

export const CONFIGURATION_EXIT_CODE = 2;

/** Reads a configuration file, or throws every fault of it at once. */
export function readConfigFile(path: string, options: ReadOptions = {}): Read {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConfigurationFault(path, [`file: cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'})`]);
  }
  const read = readConfigText(text, options);
  if ('faults' in read) throw new ConfigurationFault(path, read.faults);
  return read;
}
