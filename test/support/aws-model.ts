/** A shape as the SDK's clients export it: simple kinds are numbers, lists and structures are tuples, and what refers back is a function. */
type Shape = number | string | readonly unknown[] | (() => unknown);

const LIST = 1;
const STRUCTURE = 3;
const ERROR = -3;
const OPERATION = 9;
const KINDS: Readonly<Record<number, string>> = { 0: 'string', 1: 'number', 2: 'boolean' };

const resolved = (shape: unknown): Shape => (typeof shape === 'function' ? resolved((shape as () => unknown)()) : (shape as Shape));

/** The request and the answer of an operation, by the SDK's model of it. */
export function operationShapes(operation: unknown): { readonly request: Shape; readonly answer: Shape } {
  const shape = resolved(operation);
  if (!Array.isArray(shape) || shape[0] !== OPERATION) throw new Error('this is no operation');
  return { request: resolved(shape[4]), answer: resolved(shape[5]) };
}

/** Where a document differs from its shape: members that the model does not know, lacks, or has of another kind. */
export function shapeFaults(shapeOrReference: unknown, value: unknown, at = '$'): readonly string[] {
  const shape = resolved(shapeOrReference);
  if (!Array.isArray(shape)) {
    // Lists of strings have numbers of their own, above those of simple kinds.
    if (typeof shape === 'number' && shape >= 64) return Array.isArray(value) ? value.flatMap((item, index) => shapeFaults(shape - 64, item, `${at}[${index}]`)) : [`${at} is no list`];
    const kind = KINDS[shape as number];
    return kind === undefined || typeof value === kind ? [] : [`${at} is no ${kind}`];
  }
  const [kind, , name, , members, types, required = 0] = shape as [number, string, string, unknown, readonly string[], readonly unknown[], number?];
  if (kind === LIST) return Array.isArray(value) ? value.flatMap((item, index) => shapeFaults(members, item, `${at}[${index}]`)) : [`${at} is no list`];
  if (kind !== STRUCTURE && kind !== ERROR) return [];
  if (typeof value !== 'object' || value === null) return [`${at} is no ${name}`];
  const given = value as Readonly<Record<string, unknown>>;
  return [
    ...members.slice(0, required).filter((member) => given[member] === undefined).map((member) => `${at}.${member} is missing`),
    ...Object.entries(given).flatMap(([member, inner]) => (members.includes(member) ? shapeFaults(memberType(types[members.indexOf(member)]), inner, `${at}.${member}`) : [`${at}.${member} is not in ${name}`])),
  ];
}

/** A member with traits is a pair of its type and them; a structure or list begins with its kind. */
const memberType = (type: unknown): unknown => (Array.isArray(type) && type.length === 2 ? type[0] : type);
