import type { LogFields, LogLevel, Telemetry } from '../../core/ports/telemetry.ts';

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** An error as fields: its own words, code and stack, and the same of its causes. */
function errorFields(error: unknown, depth = 0): unknown {
  if (typeof error !== 'object' || error === null) return String(error);
  const { name, message, code, stack, cause } = error as { name?: string; message?: string; code?: unknown; stack?: string; cause?: unknown };
  return { name, message, ...(code === undefined ? {} : { code }), stack, ...(cause === undefined || depth > 3 ? {} : { cause: errorFields(cause, depth + 1) }) };
}

/** One line a fact: JSON for machines, `text` for people. */
export function lineTelemetry(options: { readonly write: (line: string) => void; readonly format: 'json' | 'text'; readonly level: LogLevel; readonly now: () => Date }): Telemetry {
  const { write, format, level: least, now } = options;
  function log(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (RANK[level] < RANK[least]) return;
    const at = now().toISOString();
    const shown: LogFields = 'error' in fields ? { ...fields, error: errorFields(fields.error) } : fields;
    if (format === 'json') {
      write(`${JSON.stringify({ ts: at, level, msg: message, ...shown })}\n`);
      return;
    }
    const { error, ...rest } = shown as { error?: { message?: string; stack?: string } };
    const facts = Object.entries(rest).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
    write(`${at.slice(11, 23)} ${level.padEnd(5)} ${[message, ...facts].join(' ')}${error === undefined ? '' : `\n${error.stack ?? error.message ?? ''}`}\n`);
  }
  return {
    log,
    count: (name, attributes = {}, by = 1) => log('debug', name, { ...attributes, count: by }),
    span: (_name, work) => work(),
  };
}
