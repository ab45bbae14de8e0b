import { sha256 } from './text.ts';

/** Members that hold secrets, by their names. */
const SECRET = /^(?:value|secret|password|newpassword|credentials|.*(?:secret|password|token|privatekey|accesskey))$/i;
const MAX_TEXT = 1_000;
const MAX_ITEMS = 100;
const MAX_DEPTH = 8;
const MAX_BYTES = 24 * 1024;

const title = (name: string): string => (name === 'id' ? 'ID' : `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`);

/**
 * Arguments of a call as the audit trail keeps them: names begin with a capital, in place of a secret stands its hash, and what is large
 * is cut.
 */
export function auditedArguments(args: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const kept = membersOf(args, 0);
  return Buffer.byteLength(JSON.stringify(kept)) <= MAX_BYTES ? kept : { Omitted: 'the arguments are too large to be kept', SHA: sha256(JSON.stringify(kept)) };
}

function membersOf(value: object, depth: number): Readonly<Record<string, unknown>> {
  const members = Object.entries(value).flatMap(([name, member]): readonly (readonly [string, unknown])[] => {
    if (member === undefined) return [];
    if (SECRET.test(name) && typeof member === 'string') return [[`${title(name)}SHA`, sha256(member)]];
    return [[title(name), valueOf(member, depth + 1)]];
  });
  return Object.fromEntries(members);
}

function valueOf(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.length <= MAX_TEXT ? value : `${value.slice(0, MAX_TEXT)}… (${value.length} characters, SHA-256 ${sha256(value)})`;
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? value.toString() : value;
  if (depth > MAX_DEPTH) return '…';
  return Array.isArray(value) ? value.slice(0, MAX_ITEMS).map((item) => valueOf(item, depth + 1)) : membersOf(value, depth);
}
