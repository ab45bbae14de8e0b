import * as z from 'zod/mini';
import type { Clock } from '../../core/ports/clock.ts';
import type { SchedulerMarker, SchedulerState } from '../../core/ports/scheduler-marker.ts';
import { unavailable } from '../../core/shared/errors.ts';
import { FIRST_STATE, touched } from '../../core/shared/sleep.ts';
import { objectUrl, signedCalls, type AwsEnvironment, type CallTelemetry } from './signed-call.ts';

const KEY = 'scheduler/next.json';
/** For how long a container believes that the marker says active. */
const REMEMBER_MS = 60_000;
const TRIES = 5;

const time = z.nullable(z.iso.datetime());
const Document = z.object({ active: z.boolean(), touchedAt: z.iso.datetime(), dueAt: time, fullPassAt: time, rejectedAt: time });

const date = (text: string | null): Date | null => (text === null ? null : new Date(text));

/** What cannot be read makes the next look a whole one, which writes it anew. */
function parse(body: Buffer): SchedulerState {
  try {
    const { active, touchedAt, ...times } = Document.parse(JSON.parse(body.toString('utf8')));
    return { active, touchedAt: new Date(touchedAt), dueAt: date(times.dueAt), fullPassAt: date(times.fullPassAt), rejectedAt: date(times.rejectedAt) };
  } catch {
    return FIRST_STATE;
  }
}

/** The marker as an object of a bucket, replaced only by whoever read it as it is. */
export function schedulerMarker(options: {
  readonly environment: AwsEnvironment;
  readonly bucket: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly tracing?: CallTelemetry;
}): SchedulerMarker {
  const { environment, bucket, clock, tracing } = options;
  const call = signedCalls(environment, tracing);
  const url = objectUrl(environment, bucket, KEY);
  let knownActiveUntil = 0;
  let readAhead: ReturnType<typeof load> | undefined;
  let touching: Promise<void> | undefined;
  const isKnown = (): boolean => clock.now().getTime() < knownActiveUntil;

  async function load(): Promise<{ readonly state: SchedulerState; readonly version: string } | undefined> {
    const answer = await call({ service: 's3', method: 'GET', url });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw unavailable('the marker of the scheduler cannot be read', {}, { cause: new Error(`s3 answered ${answer.status}`) });
    return { state: parse(answer.body), version: answer.headers.get('etag') ?? '' };
  }

  async function replace(state: SchedulerState, version: string | undefined): Promise<boolean> {
    const condition: Readonly<Record<string, string>> = version === undefined ? { 'if-none-match': '*' } : { 'if-match': version };
    const answer = await call({ service: 's3', method: 'PUT', url, headers: { 'content-type': 'application/json', ...condition }, body: Buffer.from(JSON.stringify(state)) });
    // 409: another writes it at this moment. 404: it went away since it was read.
    if ([409, 412, 404].includes(answer.status)) return false;
    if (answer.status !== 200) throw unavailable('the marker of the scheduler cannot be written', {}, { cause: new Error(`s3 answered ${answer.status}`) });
    return true;
  }

  /** Writes what `change` makes of the marker; undefined leaves it as it is. */
  async function update(change: (state: SchedulerState | undefined) => SchedulerState | undefined): Promise<void> {
    const ahead = readAhead;
    readAhead = undefined;
    for (let tries = 1; tries <= TRIES; tries++) {
      const found = await (tries === 1 && ahead !== undefined ? ahead.catch(load) : load());
      const next = change(found?.state);
      if (next === undefined || (await replace(next, found?.version))) {
        knownActiveUntil = clock.now().getTime() + REMEMBER_MS;
        return;
      }
    }
    throw unavailable('the marker of the scheduler is being written by too many at once');
  }

  return {
    read: load,
    replace,
    readAhead() {
      readAhead = isKnown() ? undefined : load();
      readAhead?.catch(() => undefined);
    },
    vouched(until) {
      knownActiveUntil = Math.max(knownActiveUntil, until.getTime());
    },
    async touch() {
      if (isKnown()) return;
      // Messages that are handled side by side ask once.
      touching ??= update((state) => touched(state, clock.now())).finally(() => (touching = undefined));
      await touching;
    },
    async noteRejection() {
      const now = clock.now();
      await update((state) => ({ ...(touched(state, now) ?? state ?? FIRST_STATE), rejectedAt: now }));
    },
  };
}
