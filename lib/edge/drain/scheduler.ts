import { tellPoolLoads } from '../../core/operations/actions/tell-pool-loads.ts';
import { openWork } from '../../core/operations/open-work-store.ts';
import type { Ports } from '../../core/ports/ports.ts';
import type { SchedulerMarker, SchedulerState } from '../../core/ports/scheduler-marker.ts';
import { isAppError } from '../../core/shared/errors.ts';
import { PermanentFailure } from '../../core/shared/messages.ts';
import { afterPass, whatIsDue } from '../../core/shared/sleep.ts';
import { isTickName, TICK_NAMES, type TickName } from '../../core/shared/ticks.ts';
import { pollRepositories } from '../../core/vcs/actions/poll-repositories.ts';
import { runTick } from './ticks.ts';

export interface Scheduler {
  readonly marker: SchedulerMarker;
  /** Sends what is committed and was not sent, or was lost. */
  readonly resend: () => Promise<unknown>;
  /** Where there are two regions: whether the other one serves by now, which has stopped this one. */
  readonly gaveWay?: () => Promise<boolean>;
}

/** Takes a tick of the scheduler: with nothing due it ends without a statement, so that the database may sleep. */
export async function takeTick(ports: Ports, scheduler: Scheduler, name: string): Promise<void> {
  if (!isTickName(name)) throw new PermanentFailure(`no tick is called ${JSON.stringify(name)}`);
  await ports.telemetry.span(`tick ${name}`, () => handleTick(ports, scheduler, name));
}

async function handleTick(ports: Ports, scheduler: Scheduler, name: TickName): Promise<void> {
  if (name === 'tick') {
    ports.telemetry.count('SchedulerTick');
    if ((await scheduler.gaveWay?.()) === true) return;
  }
  const found = await scheduler.marker.read();
  const due = whatIsDue(found?.state, ports.clock.now());
  if (due === 'nothing') return;
  if (name === 'tick') await pass(ports, scheduler, found, due === 'everything');
  else {
    if (name === 'vcs-sweep' && found?.state.rejectedAt) await lookAtAll(ports, scheduler.marker, found);
    const failures = await runTick(ports, name);
    // What comes every minute is tried again by the next one; for these that may be a day, so their queue brings them again.
    if (failures.length > 0) throw failures.find((error) => isAppError(error, 'UNAVAILABLE')) ?? failures[0];
  }
}

interface Found {
  readonly state: SchedulerState;
  readonly version: string;
}

/** A delivery was turned away, and nobody knows which repository it was about. */
async function lookAtAll(ports: Ports, marker: SchedulerMarker, { state, version }: Found): Promise<void> {
  await pollRepositories(ports, { everySeconds: 0 });
  await marker.replace({ ...state, rejectedAt: null }, version);
}

/** The pass of every minute. A whole one does what the other ticks put off while nothing was due. */
async function pass(ports: Ports, { marker, resend }: Scheduler, found: Found | undefined, full: boolean): Promise<void> {
  await runTick(ports, 'tick');
  if (full) {
    await pollRepositories(ports, { everySeconds: 0 });
    for (const name of TICK_NAMES) if (name !== 'tick') await runTick(ports, name);
  }
  await resend();
  await tellPoolLoads(ports).catch((error: unknown) => ports.telemetry.log('error', 'how busy pools are could not be told', { error }));

  const { open, dueAt } = await openWork(ports.db.sql, ports.clock.now());
  const next = afterPass(found?.state, { open, dueAt, full, now: ports.clock.now() });
  if (found !== undefined && isSame(found.state, next)) return;
  // Whoever announced something meanwhile wrote it first: then it stays active.
  await marker.replace(next, found?.version);
}

const isSame = (a: SchedulerState, b: SchedulerState): boolean => JSON.stringify(a) === JSON.stringify(b);
