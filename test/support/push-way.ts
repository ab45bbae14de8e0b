import { setTimeout as delay } from 'node:timers/promises';
import { LATENCIES, type CallKind, type CallName, type Hop, type HopCall } from '../../lib/costs/latency.ts';
import type { FunctionName } from '../../lib/core/shared/functions.ts';
import type { AwsCall, Intercept } from './aws-proxy.ts';
import type { Invocation } from './cloud/function-pool.ts';
import type { MadeCall } from './cloud.ts';

const queueOf = (body: string): string => (JSON.parse(body) as { readonly QueueUrl?: string }).QueueUrl ?? '';
const isSend = ({ call }: MadeCall): boolean => call.service === 'sqs' && call.operation?.startsWith('SendMessage') === true;

/** A message to a worker. */
export const publishOf = ({ call }: MadeCall): boolean => call.service === 'iotdata' && call.path.startsWith('/topics/');

const SQL: Readonly<Record<string, string>> = {
  '/Execute': 'execute',
  '/BatchExecute': 'batch',
  '/BeginTransaction': 'begin',
  '/CommitTransaction': 'commit',
  '/RollbackTransaction': 'rollback',
};

/** A call by its kind, as latencies are known of them, and by what it does. */
export function nameOf(call: AwsCall): CallName {
  const { service, operation = '', method, path, body } = call;
  switch (service) {
    case 'rds-data':
      return `sql ${SQL[path] ?? path}`;
    case 's3':
      return `s3 ${method.toLowerCase()}`;
    case 'sqs':
      return `${queueOf(body.toString('utf8')).endsWith('.fifo') ? 'fifo' : 'sqs'} ${operation}`;
    case 'kms':
    case 'ssm':
      return `${service} ${operation}`;
    case 'secretsmanager':
      return `secrets ${operation}`;
    case 'iotdata':
      return 'iot publish';
    case 'lambda':
      return 'lambda invoke';
    default:
      throw new Error(`how long ${service ?? 'an unsigned call'} takes is not known: ${method} ${path} ${operation}`);
  }
}

/** So much slower than assumed that what this machine takes for its own work hardly counts beside it. */
const PACE = 4;
/** A call that begins beside another takes that much longer, so that what waits for one of them is told from what waits for both. */
const BESIDE = 1.5;

/** Lets calls take as long, beside one another, as they are assumed to take: what is under way together there, is so here. */
export function atTheirPace(): Intercept {
  const under = new Map<string | undefined, number>();
  return async (call, next) => {
    const beside = under.get(call.accessKeyId) ?? 0;
    under.set(call.accessKeyId, beside + 1);
    const [kind] = nameOf(call).split(' ') as [CallKind];
    const [answer] = await Promise.all([next(call), delay(PACE * LATENCIES[kind].p50 * (beside > 0 ? BESIDE : 1))]);
    under.set(call.accessKeyId, (under.get(call.accessKeyId) ?? 1) - 1);
    return answer;
  };
}

/**
 * Calls in the order in which they began, each with those that had ended before, the latest of them only: it may have waited for them,
 * and for what was still under way it has not.
 */
function inOrder(calls: readonly MadeCall[]): readonly HopCall[] {
  const sorted = [...calls].sort((a, b) => a.startedAt - b.startedAt);
  const endedBefore = (made: MadeCall) => sorted.filter((other) => other !== made && other.endedAt <= made.startedAt);
  return sorted.map((made) => {
    const ended = endedBefore(made);
    const latest = ended.filter((other) => !ended.some((later) => later.startedAt >= other.endedAt));
    return { call: nameOf(made.call), after: latest.map((other) => sorted.indexOf(other)) };
  });
}

interface Journey {
  readonly calls: readonly MadeCall[];
  readonly invocations: readonly Invocation[];
  readonly prefix: string;
}

/** Ids of the messages that a call sends, or an event brings. */
const idsIn = (text: string): readonly string[] => [...text.matchAll(/\\*"id\\*":\\*"([0-9A-Z]{26})\\*"/g)].map(([, id = '']) => id);

/**
 * The functions through which a push has come to a call, the first one first: with the calls that each made before it handed on.
 * What was still under way then, or came later, the push has not waited for.
 */
export function wayTo(last: MadeCall, journey: Journey): readonly Hop[] {
  const { calls, invocations, prefix } = journey;
  const invocation = invocations.find(
    ({ accessKeyId, startedAt, endedAt }) => accessKeyId === last.call.accessKeyId && startedAt <= last.startedAt && last.endedAt <= endedAt,
  );
  if (invocation === undefined) throw new Error(`nobody has made the call ${nameOf(last.call)}`);
  if (invocation.cold) throw new Error(`${invocation.functionName} was cold`);
  const before = calls.filter(
    ({ call, startedAt, endedAt }) => call.accessKeyId === invocation.accessKeyId && startedAt >= invocation.startedAt && endedAt <= last.startedAt,
  );
  const hop: Hop = { fn: invocation.functionName.slice(prefix.length + 1) as FunctionName, calls: inOrder([...before, last]) };
  const records = (invocation.event as { readonly Records?: readonly { readonly body: string }[] }).Records;
  if (records === undefined) return [hop];
  // A message of a batch that came with others may not be the one: the latest of those that sent one of them is.
  const brought = new Set(records.flatMap(({ body }) => idsIn(body)));
  const sent = calls
    .filter((made) => isSend(made) && made.endedAt <= last.startedAt && idsIn(made.call.body.toString('utf8')).some((id) => brought.has(id)))
    .at(-1);
  if (sent === undefined) throw new Error(`nobody has sent what ${hop.fn} was given`);
  return [...wayTo(sent, journey), hop];
}
