/** How a command ends (aws-install.md §3.1). */
export const EXIT = { done: 0, deployFailed: 1, configuration: 2, licence: 3, declined: 4, preCheck: 5 } as const;

type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with a code and what the operator is told. */
export class CommandFault extends Error {
  override name = 'CommandFault';
  readonly exitCode: ExitCode;

  constructor(outcome: Exclude<keyof typeof EXIT, 'done'>, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = EXIT[outcome];
  }
}
