import type { Clock } from '../../core/ports/clock.ts';
import type { Wakeups } from '../../core/ports/wakeups.ts';
import { isTerminal, type RunState } from '../../core/runs/run-states.ts';

/** The public CLI gives up after 60 s; this leaves room for a slow network. */
export const HOLD_MS = 20_000;
/** Wake-ups are hints that can be lost, so a held request looks for itself at this pace. */
const LOOK_AGAIN_MS = 2_000;
/** A client that was not heard of for this long does not poll: its next question is a first one. */
const FORGET_MS = 15_000;
const REMEMBERED = 10_000;
/** Requests held at once; beyond that, clients are answered as everybody is. */
export const MAX_HELD = 200;

export interface HistoryPage {
  readonly state: RunState;
  readonly stateVersion: number;
}

export interface LogPage {
  readonly messages: readonly unknown[];
  readonly finished: boolean;
  readonly hasMore: boolean;
}

/** Answers for clients that poll, kept back until there is something to say. */
export interface Holding {
  history<Entry extends HistoryPage>(runId: string, read: () => Promise<readonly Entry[]>): Promise<readonly Entry[]>;
  /**
   * `isOpen` says whether the log may still grow. As long as it may, the answer says that there is more: the client pauses ever
   * longer between its questions otherwise, while this one will be held.
   */
  logs<Page extends LogPage>(phase: { readonly runId: string; readonly stateVersion: number }, read: () => Promise<Page>, isOpen: () => Promise<boolean>): Promise<Page>;
}

/** What each session was last told of each run, when it was last heard of, and how many requests are held. */
export interface Tellings {
  /** Takes one of the places for held requests, if one is free. */
  takePlace(): boolean;
  leavePlace(): void;
  lastTold(session: string, runId: string): number | undefined;
  heard(session: string, runId: string): void;
  told(session: string, runId: string, stateVersion: number): void;
}

export function tellings(clock: Clock): Tellings {
  const known = new Map<string, { stateVersion: number | undefined; at: number }>();
  const keyOf = (session: string, runId: string) => `${session} ${runId}`;
  const note = (key: string, stateVersion: number | undefined) => {
    known.delete(key);
    known.set(key, { stateVersion, at: clock.now().getTime() });
    const [oldest] = known.keys();
    if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest);
  };
  let held = 0;
  return {
    takePlace: () => held < MAX_HELD && ++held > 0,
    leavePlace: () => void held--,
    lastTold(session, runId) {
      const last = known.get(keyOf(session, runId));
      return last !== undefined && clock.now().getTime() - last.at <= FORGET_MS ? last.stateVersion : undefined;
    },
    heard(session, runId) {
      const key = keyOf(session, runId);
      const last = known.get(key);
      if (last !== undefined) note(key, last.stateVersion);
    },
    told: (session, runId, stateVersion) => note(keyOf(session, runId), stateVersion),
  };
}

const WAITS_FOR_A_PERSON: ReadonlySet<RunState> = new Set<RunState>(['UNCONFIRMED', 'PENDING_REVIEW']);

export function holdingFor(ports: { readonly wakeups: Wakeups; readonly clock: Clock }, told: Tellings, session: string): Holding {
  /** Reads until `isDone`, again at each wake-up of a topic, for as long as a request may be held. */
  const readUntil = async <Answer>(topics: readonly string[], read: () => Promise<Answer>, isDone: (answer: Answer) => Promise<boolean> | boolean): Promise<Answer> => {
    let left = HOLD_MS;
    for (;;) {
      if (left <= 0) return read();
      const pause = Math.min(left, LOOK_AGAIN_MS);
      // Listening starts before reading, so that nothing falls between the two.
      const ears = topics.map((topic) => ports.wakeups.wait(topic, pause));
      try {
        const answer = await read();
        if (await isDone(answer)) return answer;
        const from = ports.clock.now().getTime();
        const woken = await Promise.race(ears.map((ear) => ear.woken));
        left -= woken ? Math.max(ports.clock.now().getTime() - from, 1) : pause;
      } finally {
        for (const ear of ears) ear.cancel();
      }
    }
  };

  const inPlace = async <Answer>(hold: () => Promise<Answer>, answerNow: () => Promise<Answer>): Promise<Answer> => {
    if (!told.takePlace()) return answerNow();
    try {
      return await hold();
    } finally {
      told.leavePlace();
    }
  };

  return {
    async history(runId, read) {
      const before = told.lastTold(session, runId);
      const isNews = ([latest]: readonly HistoryPage[]) =>
        latest === undefined || before === undefined || latest.stateVersion > before || isTerminal(latest.state) || WAITS_FOR_A_PERSON.has(latest.state);
      const history = await inPlace(() => readUntil([`run:${runId}`], read, isNews), read);
      const [latest] = history;
      if (latest !== undefined) told.told(session, runId, latest.stateVersion);
      return history;
    },
    async logs({ runId, stateVersion }, read, isOpen) {
      let open = false;
      const isNews = async (page: LogPage) => {
        if (page.finished || page.hasMore) return true;
        open = await isOpen();
        return page.messages.length > 0 || !open;
      };
      const page = await inPlace(() => readUntil([`logs:${runId}/${stateVersion}`, `run:${runId}`], read, isNews), read);
      told.heard(session, runId);
      return { ...page, hasMore: page.hasMore || (open && !page.finished) };
    },
  };
}
