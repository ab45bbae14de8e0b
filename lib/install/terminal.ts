import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { VERSION } from '../runtime/version.ts';
import { awsClients } from './aws/clients.ts';
import { cdkProgram } from './cdk.ts';
import type { CommandContext } from './context.ts';

/** The commands at a terminal. With `json` only the outcome goes to standard output, and all that is said besides to the error output. */
export function terminalContext(root: string, { json }: { readonly json: boolean }): CommandContext {
  return {
    version: VERSION,
    root,
    say: (line) => void (json && !/^[[{]/.test(line) ? process.stderr : process.stdout).write(`${line}\n`),
    complain: (line) => void process.stderr.write(`${line}\n`),
    ask,
    aws: (region) => awsClients(region),
    cdk: cdkProgram({ program: [process.execPath, '--no-warnings', join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk')], root, environment: process.env, show: json ? 'stderr' : 'inherit' }),
    now: () => new Date(),
    sleep: (ms) => delay(ms),
    fetch: (url, init) => fetch(url, init),
  };
}

/** One line of the operator's; undefined when the input has ended. */
async function ask(question: string): Promise<string | undefined> {
  process.stderr.write(question);
  const lines = createInterface({ input: process.stdin, terminal: false });
  try {
    for await (const line of lines) return line.trim();
    return undefined;
  } finally {
    lines.close();
  }
}
