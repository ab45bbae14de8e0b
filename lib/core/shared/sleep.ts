import type { SchedulerState } from '../ports/scheduler-marker.ts';

/** How long a database is left alone after the last announcement before nothing open means asleep. */
export const QUIET_MS = 10 * 60_000;
/** Every job runs once in this time, whether something is due or not. */
export const FULL_PASS_MS = 24 * 3_600_000;
/** An announcement renews the marker when it is older than this, so that a busy installation writes it seldom. */
export const RENEW_MS = 5 * 60_000;

export const FIRST_STATE: SchedulerState = { active: true, touchedAt: new Date(0), dueAt: null, fullPassAt: null, rejectedAt: null };

export type Due = 'nothing' | 'work' | 'everything';

/** What a job of the scheduler may do now; a marker that was never written counts as due. */
export function whatIsDue(state: SchedulerState | undefined, now: Date): Due {
  if (state === undefined || isFullPassDue(state, now)) return 'everything';
  return state.active || (state.dueAt !== null && state.dueAt <= now) ? 'work' : 'nothing';
}

const isFullPassDue = ({ fullPassAt }: SchedulerState, now: Date): boolean => fullPassAt === null || now.getTime() - fullPassAt.getTime() >= FULL_PASS_MS;

/** The marker after an announcement, or undefined when it says so already. */
export function touched(state: SchedulerState | undefined, now: Date): SchedulerState | undefined {
  if (state?.active && now.getTime() - state.touchedAt.getTime() < RENEW_MS) return undefined;
  return { ...(state ?? FIRST_STATE), active: true, touchedAt: now };
}

/** The marker after a pass that used the database: asleep when nothing is open and the last announcement is long enough ago. */
export function afterPass(state: SchedulerState | undefined, pass: { readonly open: boolean; readonly full: boolean; readonly dueAt: Date | null; readonly now: Date }): SchedulerState {
  const before = state ?? { ...FIRST_STATE, touchedAt: pass.now };
  const quiet = pass.now.getTime() - before.touchedAt.getTime() > QUIET_MS;
  return {
    ...before,
    active: pass.open || (before.active && !quiet),
    dueAt: pass.dueAt,
    fullPassAt: pass.full ? pass.now : before.fullPassAt,
    rejectedAt: pass.full ? null : before.rejectedAt,
  };
}
