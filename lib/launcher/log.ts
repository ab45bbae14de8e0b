/** The launcher's own log: one JSON line per fact, on standard error. Never holds what a run printed. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type Facts = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, facts?: Facts): void;
  info(message: string, facts?: Facts): void;
  warn(message: string, facts?: Facts): void;
  error(message: string, facts?: Facts): void;
}

export function jsonLog(write: (line: string) => void, options: { readonly debug: boolean; readonly common?: Facts }): Log {
  const line = (level: LogLevel) => (message: string, facts: Facts = {}) => {
    if (level === 'debug' && !options.debug) return;
    write(`${JSON.stringify({ ts: new Date().toISOString(), level, msg: message, ...options.common, ...facts })}\n`);
  };
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
