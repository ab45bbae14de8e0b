const colour = process.stdout.isTTY && process.env.NO_COLOR === undefined;
const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

export const heading = (text: string): void => void process.stdout.write(`\n${paint(1, text)}\n`);
export const say = (text: string): void => void process.stdout.write(`${text}\n`);
export const logLine = (text: string): void => void process.stdout.write(`  ${paint(2, '│')} ${text.replace(/\n$/, '')}\n`);
export const stateLine = (state: string, note: string | null): void => void process.stdout.write(`  ${paint(36, state)}${note === null || note === '' ? '' : ` (${note})`}\n`);

export interface Change {
  readonly address: string;
  readonly metadata: { readonly type: string };
}

const SIGNS: Readonly<Record<string, string>> = { added: '+', changed: '~', deleted: '-', import: '<', forget: '.', moved: '>' };

export function showChanges(changes: readonly Change[]): void {
  for (const { address, metadata } of changes) say(`  ${(SIGNS[metadata.type] ?? '±').padEnd(2)} ${address}  (${metadata.type})`);
  if (changes.length === 0) say('  no changes');
}

/** Two columns, the second right-aligned: what took how long. */
export function showTable(rows: readonly (readonly [string, string])[]): void {
  const left = Math.max(...rows.map(([name]) => name.length));
  const right = Math.max(...rows.map(([, value]) => value.length));
  for (const [name, value] of rows) say(`  ${name.padEnd(left)}  ${value.padStart(right)}`);
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
