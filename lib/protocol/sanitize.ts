import { createHash } from 'node:crypto';
import { isList, isObject, JsonNumber, member, textOf, writeJson, type JsonValue } from './json-value.ts';

/** `default` hides every string, `smart` only what the tool marks sensitive, `off` nothing. */
export type SanitizeMode = 'default' | 'smart' | 'off';

/** Stands for a hidden value: the last eight hexadecimal characters of its SHA-256. */
export const sanitized = (text: string): string => createHash('sha256').update(text).digest('hex').slice(-8);

/** What is hashed for a value: a string itself, anything else as JSON text. */
export const hashOfValue = (value: JsonValue): string => sanitized(typeof value === 'string' ? value : writeJson(value));

/** Whether a text holds what the run knows to be secret, marked by the tool or not. */
export type HoldsSecret = (text: string) => boolean;

export const noSecrets: HoldsSecret = () => false;

/** Hides every string, however deep; names of members, numbers and booleans stay. */
export function hideStrings(value: JsonValue): JsonValue {
  if (typeof value === 'string') return sanitized(value);
  if (isList(value)) return value.map(hideStrings);
  if (isObject(value)) return new Map(Array.from(value, ([name, item]) => [name, hideStrings(item)]));
  return value;
}

/**
 * Hides what a tree of marks names. `true` covers the whole value beside it, whatever its type: the names inside a
 * sensitive map are as secret as its values.
 */
export function hideMarked(value: JsonValue, mark: JsonValue | undefined): JsonValue {
  if (value === null || mark === undefined || mark === null || mark === false) return value;
  if (mark === true) return hashOfValue(value);
  if (!isMarked(mark)) return value;
  if (isList(mark) && isList(value) && mark.length === value.length) return value.map((item, index) => hideMarked(item, mark[index]));
  if (isObject(mark) && isObject(value) && Array.from(mark).every(([name, inner]) => value.has(name) || !isMarked(inner))) {
    return new Map(Array.from(value, ([name, item]) => [name, hideMarked(item, mark.get(name))]));
  }
  // The value has another shape than its marks: which part is meant cannot be told.
  return typeof value === 'object' && !(value instanceof JsonNumber) ? hideStrings(value) : hashOfValue(value);
}

/** Hides the strings that hold a secret, and names of members that do. */
function hideSecrets(value: JsonValue, holdsSecret: HoldsSecret): JsonValue {
  const hide = (text: string) => (holdsSecret(text) ? sanitized(text) : text);
  if (typeof value === 'string') return hide(value);
  if (isList(value)) return value.map((item) => hideSecrets(item, holdsSecret));
  if (isObject(value)) return new Map(Array.from(value, ([name, item]) => [hide(name), hideSecrets(item, holdsSecret)]));
  return value;
}

/** A value as it may leave the worker. Without marks (`undefined`) smart sanitization knows nothing and hides all strings. */
export function sanitizeValue(mode: SanitizeMode, value: JsonValue, mark: JsonValue | undefined, holdsSecret: HoldsSecret = noSecrets): JsonValue {
  if (mode === 'off') return value;
  if (mode === 'smart' && mark !== undefined) return hideSecrets(hideMarked(value, mark), holdsSecret);
  return hideStrings(value);
}

/** True when something inside is marked. */
export function isMarked(mark: JsonValue | undefined): boolean {
  if (mark === true) return true;
  if (isList(mark)) return mark.some(isMarked);
  if (isObject(mark)) return Array.from(mark.values()).some(isMarked);
  return false;
}

/** Both trees of marks in one. */
export function joinMarks(left: JsonValue | undefined, right: JsonValue | undefined): JsonValue {
  if (left === true || right === true) return true;
  if (isList(left) && isList(right)) return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => joinMarks(left[index], right[index]));
  if (isObject(left) && isObject(right)) {
    return new Map(Array.from(new Set([...left.keys(), ...right.keys()]), (name) => [name, joinMarks(left.get(name), right.get(name))]));
  }
  if (!isMarked(left)) return right ?? false;
  // Two shapes that do not fit: hide the whole rather than guess.
  return isMarked(right) ? true : (left ?? false);
}

/** Marks from the attribute paths that a state keeps: `[[{type: get_attr, value}, {type: index, value: {value}}], …]`. */
export function marksOfPaths(paths: JsonValue | undefined): JsonValue {
  if (!isList(paths)) return false;
  return paths.reduce<JsonValue>((marks, path) => joinMarks(marks, isList(path) ? marksOfSteps(path) : true), false);
}

function marksOfSteps(steps: readonly JsonValue[]): JsonValue {
  const [step, ...rest] = steps;
  if (step === undefined) return true;
  const inner = marksOfSteps(rest);
  if (textOf(step, 'type') === 'get_attr') return new Map([[textOf(step, 'value'), inner]]);
  const index = member(member(step, 'value'), 'value');
  if (typeof index === 'string') return new Map([[index, inner]]);
  const position = index instanceof JsonNumber ? Number(index.text) : Number.NaN;
  // An element of a set has no position; such marks cover the whole set.
  if (!Number.isInteger(position) || position < 0 || position > 100_000) return true;
  return Array.from({ length: position + 1 }, (_, at) => (at === position ? inner : false));
}
