import type { RunState } from '../runs/run-states.ts';

const PLACEHOLDER = /spacelift::logs::(initializing|preparing|planning|applying)/g;
const STATES: Readonly<Record<string, RunState>> = { initializing: 'INITIALIZING', preparing: 'PREPARING', planning: 'PLANNING', applying: 'APPLYING' };

/** Replaces values in a document of any depth; names of members stay. */
export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, mapTexts(member, change)]));
}

/** The phases whose logs a document asks for. */
export function wantedLogs(value: unknown): readonly RunState[] {
  const states = new Set<RunState>();
  mapTexts(value, (text) => {
    for (const [, phase] of text.matchAll(PLACEHOLDER)) states.add(STATES[phase ?? ''] as RunState);
    return text;
  });
  return [...states];
}

/** The document with logs in place of what stands for them. */
export function withLogs(value: unknown, logs: ReadonlyMap<RunState, string>): unknown {
  return mapTexts(value, (text) => text.replace(PLACEHOLDER, (_, phase: string) => logs.get(STATES[phase] as RunState) ?? ''));
}
