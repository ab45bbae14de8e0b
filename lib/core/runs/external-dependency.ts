/** What is reported of something outside that runs wait for. */
export type DependencyStatus = 'FINISHED' | 'FAILED' | 'SKIPPED';

/** What a new run is to wait for: these, or what another run has not got. */
export interface WaitsFor {
  readonly ids?: readonly string[];
  readonly asRun?: string;
}

const MOST = 50;
const LONGEST = 255;

/** Why a run cannot wait for these, or undefined. */
export function dependenciesRefusal(ids: readonly string[]): string | undefined {
  if (ids.length > MOST) return `${ids.length} external dependencies are too many for a run: it waits for ${MOST} at most`;
  if (ids.some((id) => id === '' || id.length > LONGEST)) return `the id of an external dependency has 1 to ${LONGEST} characters`;
  return undefined;
}

/** What a queued run still waits for outside. */
export interface OutsideWait {
  /** The first few ids that nobody reported yet. */
  readonly open: readonly string[];
  /** How many there are of them. */
  readonly openCount: number;
  /** One that was reported as failed. */
  readonly failed: string | null;
}

/** Why a run waits for what happens outside. */
export function waitingOutside({ open, openCount }: Pick<OutsideWait, 'open' | 'openCount'>): string {
  const more = openCount > open.length ? ` and ${openCount - open.length} more` : '';
  return `waiting for ${openCount === 1 ? 'external dependency' : 'external dependencies'} ${open.map((id) => `"${id}"`).join(', ')}${more}`;
}

export const failedOutside = (id: string): string => `external dependency ${id} failed`;
