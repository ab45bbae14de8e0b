import { isPolicyType, contractOf, type RegoVersion } from './contracts.ts';
import { parseExactJson } from './exact-json.ts';
import type { PolicyFault } from './fault.ts';
import type { PolicyEngineClient } from './policy-engine.ts';

const RAW_DEADLINE_MS = 5_000;

const VERSIONS: Readonly<Record<string, RegoVersion>> = { REGO_V0: 'v0', REGO_V1: 'v1', v0: 'v0', v1: 'v1' };

const bad = (message: string): PolicyFault => ({ kind: 'parse', message: `record: ${message}` });

/** The language version by any of its names. */
export const regoVersion = (name: unknown): RegoVersion | undefined => (typeof name === 'string' ? VERSIONS[name] : undefined);

/** Evaluates one line of records and returns the line that answers it. */
export async function answerRecord(engine: PolicyEngineClient, line: string): Promise<string> {
  let id: unknown = null;
  try {
    const record = parseExactJson(line) as Readonly<Record<string, unknown>> | null;
    if (typeof record !== 'object' || record === null || Array.isArray(record)) throw new SyntaxError('a record is an object');
    id = record.id ?? null;
    return JSON.stringify({ id, ...(record.raw === true ? await rawAnswer(engine, record) : await decisionAnswer(engine, record)) });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return JSON.stringify({ id, error: bad(error.message) });
  }
}

type Reading = Readonly<Record<string, unknown>>;

/** `input_json` is the input's text; `input` is the input itself. */
function inputOf(record: Reading): string | undefined {
  if (typeof record.input_json === 'string') return record.input_json;
  return record.input === undefined ? undefined : JSON.stringify(record.input);
}

function bodyOf({ rego, rego_version }: Reading): { readonly source: string; readonly version: RegoVersion } {
  const version = regoVersion(rego_version ?? 'REGO_V0');
  if (typeof rego !== 'string') throw new SyntaxError('rego is missing');
  if (!version) throw new SyntaxError('rego_version is REGO_V0 or REGO_V1');
  return { source: rego, version };
}

async function decisionAnswer(engine: PolicyEngineClient, record: Reading): Promise<object> {
  const policy = bodyOf(record);
  const { type } = record;
  if (typeof type !== 'string' || !isPolicyType(type)) throw new SyntaxError('type is none of the policy types');
  const [[evaluation] = []] = await engine.evaluate([{ type, ...policy }], [inputOf(record) ?? '{}'], { deadlineMs: contractOf(type).deadlineMs });
  if (!evaluation) throw new SyntaxError('nothing was evaluated');
  return evaluation.error ? { error: evaluation.error } : { decision: evaluation.decision };
}

async function rawAnswer(engine: PolicyEngineClient, record: Reading): Promise<object> {
  if (typeof record.query !== 'string') throw new SyntaxError('a raw record has a query');
  const { value, error } = await engine.query({ query: record.query, ...bodyOf(record) }, inputOf(record), { deadlineMs: RAW_DEADLINE_MS });
  if (error) return { error };
  return value === undefined ? { undefined: true } : { value: parseExactJson(value) };
}
