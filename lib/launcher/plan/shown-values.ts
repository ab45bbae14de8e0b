import { member, writeJson, type JsonValue } from '../../protocol/json-value.ts';
import { sanitizeValue, type HoldsSecret, type SanitizeMode } from '../../protocol/sanitize.ts';

/** Of all changes of a plan together: policies are told of them in every input about the run. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Attributes of what a plan changes, hidden as in the plan itself, until there are too many. */
export class ShownValues {
  readonly #mode: SanitizeMode;
  readonly #holdsSecret: HoldsSecret | undefined;
  #left = MAX_BYTES;

  constructor(mode: SanitizeMode, holdsSecret: HoldsSecret | undefined) {
    this.#mode = mode;
    this.#holdsSecret = holdsSecret;
  }

  /** JSON text of an element of `resource_changes`: as it will be, or as it was where nothing will be. */
  values(element: JsonValue): string | undefined {
    const change = member(element, 'change');
    const after = member(change, 'after') ?? null;
    const [value, mark] = after === null ? [member(change, 'before') ?? null, member(change, 'before_sensitive')] : [after, member(change, 'after_sensitive')];
    if (value === null || this.#left <= 0) return undefined;
    const text = writeJson(sanitizeValue(this.#mode, value, mark, this.#holdsSecret));
    this.#left -= Buffer.byteLength(text);
    return this.#left < 0 ? undefined : text;
  }
}
