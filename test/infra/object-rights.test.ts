import { readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { describe, it } from 'node:test';
import { expect } from 'expect';
import { FUNCTIONS, type FunctionName } from '../../lib/core/shared/functions.ts';
import { FUNCTION_RIGHTS, type ObjectRight } from '../../lib/infra/function-rights.ts';
import { ROOT } from '../support/infra.ts';

const RIGHT_OF: Readonly<Record<string, ObjectRight>> = {
  put: 'write', presignPut: 'write', get: 'read', getStream: 'read', getRange: 'read', stat: 'read', presignGet: 'read', list: 'list', delete: 'delete',
};

const CALL = new RegExp(`\\bobjects\\.(${Object.keys(RIGHT_OF).join('|')})\\(\\s*(?:'([^']+)'|[\\w.]+)`, 'g');

/** The buckets of calls that do not name theirs, by the file that makes them. */
const UNNAMED: Readonly<Record<string, readonly string[]>> = {
  'ask-plan-policies': ['policy-inputs'],
  'complete-artifact': ['policy-inputs', 'documents', 'states'],
  'create-artifact': ['policy-inputs', 'documents', 'states'],
  'dead-letters': ['large-queue-messages'],
  decode: ['large-queue-messages'],
  'drop-unused-objects': ['documents', 'states', 'workspace'],
  'forget-states': ['states'],
  'import-state': ['uploads', 'states'],
  'take-results': ['policy-inputs', 'documents'],
};

/** Files of which a function needs a part that makes fewer calls. */
const APART: Readonly<Partial<Record<FunctionName, readonly string[]>>> = {
  'drain-async': ['complete-artifact', 'take-results', 'workspace-transfer: presignPut presignGet delete'],
  'drain-cron': ['workspace-transfer: presignPut presignGet'],
};

interface Call {
  readonly file: string;
  readonly call: string;
  readonly bucket: string;
}

/** What a file imports to run, and its calls of the object store. */
function readSource(file: string): { readonly imports: readonly string[]; readonly calls: readonly Call[] } {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = [...text.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from\s+'(\.[^']+)'/gm), ...text.matchAll(/import\('(\.[^']+)'\)/g)];
  const name = basename(file, '.ts');
  return {
    imports: found.map(([, path = '']) => normalize(join(dirname(file), path))),
    calls: [...text.matchAll(CALL)].flatMap(([, call = '', bucket]) =>
      (bucket === undefined ? (UNNAMED[name] ?? [`whatever ${name} names`]) : [bucket]).map((each) => ({ file: name, call, bucket: each }))),
  };
}

function callsBelow(entries: readonly string[]): readonly Call[] {
  const files = new Set(entries);
  const calls: Call[] = [];
  for (const file of files) {
    const source = readSource(file);
    for (const path of source.imports) files.add(path);
    calls.push(...source.calls);
  }
  return calls;
}

/** The actions behind the messages of a queue, as the fan-out names them. */
function actionsOf(queue: string): readonly string[] {
  const handlers = 'lib/edge/drain/handlers.ts';
  const text = readFileSync(join(ROOT, handlers), 'utf8');
  const fileOf = new Map<string, string>();
  for (const [, names = '', path = ''] of text.matchAll(/import \{ ([^}]+) \} from '([^']+)'/g)) {
    for (const name of names.split(', ')) fileOf.set(name, normalize(join(dirname(handlers), path)));
  }
  const isOfQueue = (message: string) => {
    const declared = new RegExp(`export const ${message}\\b(?:(?!export const)[\\s\\S])*?queue: '${queue}'`);
    return declared.test(readFileSync(join(ROOT, fileOf.get(message) ?? ''), 'utf8'));
  };
  return [...text.matchAll(/^ {2}on\((\w+), ([\s\S]*?)\),$(?=\n {2}on|\n\]\))/gm)]
    .filter(([, message = '']) => isOfQueue(message))
    .flatMap(([, , body = '']) => [...body.matchAll(/\w+/g)].flatMap(([name]) => fileOf.get(name) ?? []));
}

const ENTRIES: Readonly<Partial<Record<FunctionName, readonly string[]>>> = {
  graphql: ['lib/edge/graphql/http.ts'],
  http: ['lib/edge/http/session.ts', 'lib/edge/http/well-known.ts', 'lib/edge/http/usage-csv.ts', 'lib/edge/http/health.ts'],
  'worker-api': ['lib/edge/http/worker-api.ts'],
  'drain-cron': ['lib/edge/drain/ticks.ts'],
  'drain-dlq': ['lib/edge/drain/dead-letters.ts'],
  ops: ['lib/runtime/ops-function.ts'],
};
const NAMES = (Object.keys(FUNCTIONS) as FunctionName[]).filter((name) => name in ENTRIES || FUNCTIONS[name].entry === 'drain');

function callsOf(name: FunctionName): readonly Call[] {
  const entries = ENTRIES[name] ?? FUNCTIONS[name].consumes.flatMap(actionsOf);
  const without = (APART[name] ?? []).map((words) => words.split(': '));
  const isApart = ({ file, call }: Call) => without.some(([apart, calls]) => apart === file && (calls === undefined || calls.split(' ').includes(call)));
  return callsBelow(entries).filter((call) => !isApart(call));
}

describe('rights to objects', () => {
  for (const name of NAMES) {
    it(`of ${name} are enough for every call that its code may come to`, () => {
      const given = FUNCTION_RIGHTS[name].buckets ?? [];
      const mayDo = (bucket: string, right: ObjectRight) => given.some((each) => each.bucket === bucket && each.rights.includes(right));
      const missing = callsOf(name).filter(({ bucket, call }) => !mayDo(bucket, RIGHT_OF[call] ?? 'read'));

      expect(missing).toEqual([]);
    });

    it(`of ${name} are over no bucket that its code does not touch`, () => {
      // What lies below a folder is the composition's own; bodies beside a queue belong to whoever sends.
      const touched = new Set(['large-queue-messages', ...callsOf(name).map(({ bucket }) => bucket)]);
      const idle = (FUNCTION_RIGHTS[name].buckets ?? []).filter(({ bucket, prefix }) => prefix === undefined && !touched.has(bucket));

      expect(idle).toEqual([]);
    });
  }

  it('are known by calls that were found', () => {
    expect(callsOf('graphql').length).toBeGreaterThan(20);
    expect(callsOf('drain-events')).toContainEqual({ file: 'deliver', call: 'get', bucket: 'deliveries' });
  });
});
