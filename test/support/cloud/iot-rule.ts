/** One column of a rule's SELECT: everything of the payload, or a function's value under a name. */
type Column =
  | { readonly kind: 'all' }
  | { readonly kind: 'timestamp'; readonly name: string }
  | { readonly kind: 'topic'; readonly segment: number; readonly name: string };

export interface IotRule {
  /** What the rule makes of a publish; undefined for a topic that it does not listen to. Throws for a payload that it cannot read. */
  evaluate(publish: { readonly topic: string; readonly payload: Buffer; readonly at: Date }): Readonly<Record<string, unknown>> | undefined;
}

const STATEMENT = /^\s*select\s+(?<columns>.+?)\s+from\s+'(?<filter>[^']+)'\s*$/is;

/**
 * Reads the SQL of a topic rule: `*`, `Timestamp()` and `topic(n)` with names, from one topic filter. Anything else is refused, as it would
 * not be judged rightly here.
 */
export function parseIotRule(sql: string): IotRule {
  const match = STATEMENT.exec(sql);
  if (match?.groups === undefined) throw new Error(`this SQL of a topic rule is not evaluated here: ${sql}`);
  const { columns: list = '', filter = '' } = match.groups;
  const columns = list.split(',').map((column) => parseColumn(column.trim(), sql));

  return {
    evaluate({ topic, payload, at }) {
      if (!topicFits(filter, topic)) return undefined;
      const result: Record<string, unknown> = {};
      for (const column of columns) {
        if (column.kind === 'all') Object.assign(result, objectOf(payload));
        else result[column.name] = column.kind === 'timestamp' ? at.getTime() : topic.split('/')[column.segment - 1];
      }
      return result;
    },
  };
}

function parseColumn(text: string, sql: string): Column {
  if (text === '*') return { kind: 'all' };
  const [, call = '', argument = '', name = ''] = /^(timestamp|topic)\(\s*(\d*)\s*\)\s+as\s+(\w+)$/i.exec(text) ?? [];
  if (call.toLowerCase() === 'timestamp' && argument === '') return { kind: 'timestamp', name };
  if (call.toLowerCase() === 'topic' && Number(argument) > 0) return { kind: 'topic', segment: Number(argument), name };
  throw new Error(`the column ${text} of a topic rule is not evaluated here: ${sql}`);
}

function objectOf(payload: Buffer): object {
  const document: unknown = JSON.parse(payload.toString('utf8'));
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw new Error('the payload of a publish is no JSON object');
  return document;
}

/** `+` stands for one part of a topic, `#` for all that follow. */
export function topicFits(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const given = topic.split('/');
  for (const [index, part] of wanted.entries()) {
    if (part === '#') return true;
    if (index >= given.length || (part !== '+' && part !== given[index])) return false;
  }
  return wanted.length === given.length;
}
