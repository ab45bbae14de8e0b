import semver from 'semver';
import { invalid } from '../shared/errors.ts';

export const OLDEST_TERRAFORM = '0.12.0';

const TOOL_NAMES = { terraform: 'Terraform', opentofu: 'OpenTofu' } as const;

/** The word for whatever is newest. */
const LATEST = 'latest';

/**
 * The constraint as a semver range: a version, `1.5.x`, `>=1.5.0 <1.6.0`, `~1.5.0`, alternatives by `||`,
 * commas between conditions, as Terraform itself writes them, and `latest`.
 */
export function asRange(constraint: string): semver.Range | undefined {
  if (constraint.trim() === LATEST) return new semver.Range('*');
  const text = constraint.trim().replace(/\s*,\s*/g, ' ').replace(/~>\s*/g, '~>').replace(/(^|[\s|=<>~^!])v(?=\d)/g, '$1');
  if (text === '' || /!=|\*\S|[^0-9A-Za-z.\-+*|<>=~^ ]/.test(text)) return undefined;
  try {
    return new semver.Range(text);
  } catch {
    return undefined;
  }
}

/** A version rather than a range. */
export const isExact = (constraint: string): boolean => semver.valid(constraint.trim()) !== null;

/** The constraint, if it is one; null where none is given. Clients match on the text of the refusal. */
export function checkedConstraint(constraint: string | null | undefined, tool: keyof typeof TOOL_NAMES): string | null {
  const text = constraint?.trim() ?? '';
  if (text === '') return null;
  const range = asRange(text);
  if (range === undefined) throw invalid(`invalid ${TOOL_NAMES[tool]} version constraints: improper constraint: ${text}`, { field: 'version' });
  if (tool === 'terraform' && isExact(text) && semver.lt(text, OLDEST_TERRAFORM)) {
    throw invalid(`invalid Terraform version constraints: ${text} is older than ${OLDEST_TERRAFORM}, the oldest supported`, { field: 'version' });
  }
  return text;
}
