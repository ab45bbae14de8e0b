/** A statement of a policy, as IoT Core reads it. */
interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

const listed = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? (value as readonly T[]) : [value as T]);

/** `*` stands for any characters, `?` for one; the wildcards of MQTT are plain characters here. */
const matches = (pattern: string, text: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\#]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.')}$`,
  ).test(text);

/** Whether policies allow an action on a resource, given without its account: `topic/…`, `topicfilter/…`, `client/…`. */
export function iotAllows(documents: readonly string[], action: string, resource: string): boolean {
  const statements = documents.flatMap((document) => (JSON.parse(document) as { readonly Statement: readonly Statement[] }).Statement);
  const about = statements.filter(
    (statement) =>
      listed(statement.Action).some((pattern) => matches(pattern, action)) &&
      listed(statement.Resource).some((arn) => matches(arn.split(':').slice(5).join(':'), resource)),
  );
  return about.some(({ Effect }) => Effect === 'Allow') && !about.some(({ Effect }) => Effect === 'Deny');
}
