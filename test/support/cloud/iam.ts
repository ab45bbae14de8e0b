type OneOrMany<T> = T | readonly T[];

/** A statement of an identity's policy, its references resolved. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: OneOrMany<string>;
  readonly Resource: OneOrMany<string>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMany<string | boolean>>>>>;
}

/** One right that a call needs. A call may need several. */
export interface Need {
  readonly action: string;
  readonly resource: string;
  /** What the service knows about the call: `cloudwatch:namespace` and the like. */
  readonly context?: Readonly<Record<string, string>>;
}

export const listed = <T>(value: OneOrMany<T>): readonly T[] => (Array.isArray(value) ? (value as readonly T[]) : [value as T]);

/** `*` stands for any characters, `?` for one. */
export function fits(pattern: string, text: string, ignoreCase = false): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${expression}$`, ignoreCase ? 'is' : 's').test(text);
}

type Test = (actual: string | undefined, wanted: readonly string[]) => boolean;

const some =
  (test: (actual: string, wanted: string) => boolean): Test =>
  (actual, wanted) =>
    actual !== undefined && wanted.some((each) => test(actual, each));
const none =
  (test: (actual: string, wanted: string) => boolean): Test =>
  (actual, wanted) =>
    actual === undefined || !wanted.some((each) => test(actual, each));
const equal = (actual: string, wanted: string): boolean => actual === wanted;
const like = (actual: string, wanted: string): boolean => fits(wanted, actual);

const OPERATORS: Readonly<Record<string, Test>> = {
  StringEquals: some(equal),
  StringNotEquals: none(equal),
  StringLike: some(like),
  StringNotLike: none(like),
  ArnEquals: some(like),
  ArnLike: some(like),
  Bool: some(equal),
  Null: (actual, wanted) => wanted.includes(String(actual === undefined)),
};

function holds(condition: Statement['Condition'], context: Readonly<Record<string, string>>): boolean {
  const known = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return Object.entries(condition ?? {}).every(([operator, keys]) => {
    const optional = operator.endsWith('IfExists');
    const test = OPERATORS[operator.replace(/IfExists$/, '')];
    if (test === undefined) throw new Error(`the condition ${operator} is not understood here`);
    return Object.entries(keys).every(([key, wanted]) => {
      const actual = known.get(key.toLowerCase());
      return (optional && actual === undefined) || test(actual, listed(wanted).map(String));
    });
  });
}

/** The statement that decides about a call: the first that denies it, else the first that allows it, else none. */
export function deciding(statements: readonly Statement[], need: Need): Statement | undefined {
  const about = statements.filter(
    ({ Action, Resource, Condition }) =>
      listed(Action).some((pattern) => fits(pattern, need.action, true)) &&
      listed(Resource).some((pattern) => fits(pattern, need.resource)) &&
      holds(Condition, need.context ?? {}),
  );
  return about.find(({ Effect }) => Effect === 'Deny') ?? about[0];
}

export const allows = (statements: readonly Statement[], need: Need): boolean => deciding(statements, need)?.Effect === 'Allow';
