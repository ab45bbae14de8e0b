export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

export interface Telemetry {
  /** One line per thing that happened, as a fact with ids; an `error` field takes the thrown value. */
  log(level: LogLevel, message: string, fields?: LogFields): void;
  /** Few-valued attributes only; ids go in the line. */
  count(name: string, attributes?: Readonly<Record<string, string>>, by?: number): void;
  /** `parent`: the W3C header `traceparent` of what caused the work elsewhere; else it is a part of the span around it. */
  span<T>(name: string, work: () => Promise<T>, parent?: string): Promise<T>;
}
