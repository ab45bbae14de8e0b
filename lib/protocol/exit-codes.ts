/** Why a launcher ends. */
export const EXIT = { ok: 0, crash: 1, configuration: 2, poolGone: 3, tooOld: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Started again after one of these, a launcher would end the same way: whoever looks after it leaves it. */
export const FINAL_EXIT_CODES: ReadonlySet<number | null> = new Set([EXIT.configuration, EXIT.poolGone, EXIT.tooOld]);
