import type { FaultKind, PolicyFault } from './fault.ts';
import type { Answer } from './protocol.ts';

/** The child ended before a request was answered in full. */
export class Interrupted extends Error {
  override name = 'Interrupted';
  readonly kind: FaultKind;
  /** The request is known to be the cause, not another one that shared the child. */
  readonly certain: boolean;
  /** What had been answered by then. */
  readonly answers: readonly Answer[];

  constructor(kind: FaultKind, message: string, certain: boolean, answers: readonly Answer[] = []) {
    super(message);
    this.kind = kind;
    this.certain = certain;
    this.answers = answers;
  }

  get fault(): PolicyFault {
    return { kind: this.kind, message: this.message };
  }
}
