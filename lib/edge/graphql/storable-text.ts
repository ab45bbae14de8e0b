import { Kind, visit, type DocumentNode } from 'graphql';

export const UNSTORABLE = 'texts cannot hold a NUL, or half of a surrogate pair';

const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** Whether a document spells out a text that no database row can hold. */
export function spellsUnstorable(document: DocumentNode): boolean {
  let found = false;
  visit(document, { [Kind.STRING]: ({ value }) => void (found ||= !isStorable(value)) });
  return found;
}

/** The same for variables, however deep; without recursion, since nobody bounds their depth. */
export function holdsUnstorable(value: unknown): boolean {
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === 'string' && !isStorable(next)) return true;
    if (typeof next !== 'object' || next === null) continue;
    for (const [name, inner] of Object.entries(next)) {
      if (!isStorable(name)) return true;
      left.push(inner);
    }
  }
  return false;
}
