import { invalid } from '../shared/errors.ts';

/** What is wrong with the settings of a stack, gathered so that a caller hears all of it at once. */
export class StackProblems {
  readonly #found: string[] = [];

  /** `terraform: invalid Terraform version constraints: …` — the subject first, then what is wrong. */
  add(subject: string, problem: string): void {
    this.#found.push(`${subject}: ${problem}`);
  }

  /** Runs a check and keeps what it has against the value. */
  check<T>(subject: string, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.add(subject, error.message);
      return undefined;
    }
  }

  /** Clients match on this text. */
  throwAny(): void {
    const count = this.#found.length;
    if (count > 0) throw invalid(`stack has ${count} error${count === 1 ? '' : 's'}: ${this.#found.join('; ')}`, { problems: this.#found });
  }
}
