/** An object that a notification policy yields: one delivery. */
export type Notice = Readonly<Record<string, unknown>>;

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const texts: Check = (value) => Array.isArray(value) && value.every(text);
const textsByName: Check = (value) => isNotice(value) && Object.values(value).every(text);
const number: Check = (value) => Number.isSafeInteger(value);
const anything: Check = () => true;

const isNotice = (value: unknown): value is Notice => typeof value === 'object' && value !== null && !Array.isArray(value);

interface Shape {
  readonly fields: Readonly<Record<string, Check>>;
  /** Exactly one of these is given. */
  readonly oneOf?: readonly string[];
}

const SEVERITIES: readonly unknown[] = ['INFO', 'WARNING', 'ERROR'];

const SHAPES: Readonly<Record<string, Shape>> = {
  inbox: { fields: { title: text, body: text, severity: (value) => SEVERITIES.includes(value) } },
  slack: { fields: { channel_id: text, message: text, mention_users: texts, mention_groups: texts, thread_key: text }, oneOf: ['channel_id'] },
  webhook: { fields: { endpoint_id: text, payload: anything, headers: textsByName, method: text }, oneOf: ['endpoint_id'] },
  pull_request: {
    fields: { id: (value) => number(value) || text(value), commit: text, branch: text, body: text, deduplication_key: text },
    oneOf: ['id', 'commit', 'branch'],
  },
};

/** Why an object of the rule cannot be delivered, if so. Fields that nobody knows are let be. */
export function faultOfNotice(rule: string, value: unknown): string | undefined {
  const shape = SHAPES[rule];
  if (!shape) return 'there is no such rule';
  if (!isNotice(value)) return 'a member is not an object';
  const wrong = Object.entries(shape.fields).find(([name, check]) => Object.hasOwn(value, name) && !check(value[name]));
  if (wrong) return `the field ${wrong[0]} has a value of another kind`;
  if (shape.oneOf && shape.oneOf.filter((name) => Object.hasOwn(value, name)).length !== 1) return `exactly one of ${shape.oneOf.join(', ')} is needed`;
  return undefined;
}
