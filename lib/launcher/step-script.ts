/** One phase as one shell: hooks before and after around the phase's own commands. */
export const quote = (word: string): string => (/^[A-Za-z0-9_./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

export interface ScriptInput {
  readonly before: readonly string[];
  /** The phase's own commands, already shell text. */
  readonly main: readonly string[];
  readonly after: readonly string[];
  /** Where the shell leaves its environment at the end, NUL separated. */
  readonly exportsPath: string;
}

/**
 * Each command stands in braces of its own and all are joined by `&&`, so a failing one ends the phase while exports and
 * `cd` last until its end. The closing brace is on its own line: a comment at the end of a hook cannot swallow it.
 */
export function phaseScript({ before, main, after, exportsPath }: ScriptInput): string {
  const commands = [...before, ...main, ...after].filter((command) => command.trim() !== '').map((command) => `{ ${command}\n}`);
  return `${commands.join(' && ')}\n__status=$?\n(umask 077 && env -0 > ${quote(exportsPath)}) 2>/dev/null\nexit $__status\n`;
}

const NEVER_KEPT = new Set(['_', 'PWD', 'OLDPWD', 'SHLVL']);

/** What the shell exported beyond what it was given. */
export function changedExports(dump: string, given: Readonly<Record<string, string>>): Record<string, string> {
  const changed: Record<string, string> = {};
  for (const entry of dump.split('\0')) {
    const cut = entry.indexOf('=');
    const name = entry.slice(0, cut);
    const value = entry.slice(cut + 1);
    if (cut > 0 && !NEVER_KEPT.has(name) && given[name] !== value) changed[name] = value;
  }
  return changed;
}
