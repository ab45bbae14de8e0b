type OneOrMore = string | readonly string[];

interface Statement {
  readonly Effect?: string;
  readonly Principal?: '*' | { readonly Service?: OneOrMore; readonly AWS?: OneOrMore };
  readonly Action?: OneOrMore;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMore>>>>;
}

const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  (value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T]);

/** Whose things may publish, which the service fills in for its own. */
const OWNERS = ['aws:sourceowner', 'aws:sourceaccount'];

/** Whether the conditions hold for things of this account; one that cannot be judged here is taken to hold. */
const isForAccount = (condition: Statement['Condition'], accountId: string): boolean =>
  Object.values(condition ?? {}).every((tests) =>
    Object.entries(tests).every(([key, values]) => !OWNERS.includes(key.toLowerCase()) || listOf(values).includes(accountId)));

const isAbout = ({ Principal }: Statement, service: string): boolean =>
  Principal === '*' || (typeof Principal === 'object' && (listOf(Principal.AWS).includes('*') || listOf(Principal.Service).includes(service)));

/** Patterns of actions know one sign for any text. */
const isPublish = (action: string): boolean => new RegExp(`^${action.toLowerCase().split('*').join('.*')}$`).test('sns:publish');

/** Whether the policy of a topic lets a service publish for things of an account. The one that a topic begins with names everybody, for its owner's things. */
export function mayPublish(service: string, policy: string, accountId: string): boolean {
  const { Statement: statements } = JSON.parse(policy) as { readonly Statement?: Statement | readonly Statement[] };
  const fitting = listOf(statements).filter((statement) => isAbout(statement, service) && listOf(statement.Action).some(isPublish));
  const refused = fitting.some(({ Effect, Condition }) => Effect === 'Deny' && Condition === undefined);
  return !refused && fitting.some(({ Effect, Condition }) => Effect === 'Allow' && isForAccount(Condition, accountId));
}
