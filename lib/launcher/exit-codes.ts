/** Why the program ends; supervisors restart it on 1 only. */
export const EXIT = { ok: 0, crash: 1, configuration: 2, poolGone: 3, tooOld: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
