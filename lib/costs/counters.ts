import document from './counters.json' with { type: 'json' };

/** How often one run, one tick and one report of an idle worker call each service, by the names of the call counter. */
export interface Counters {
  readonly countedAt: string;
  /** Statements, one after the other, from the call of a hook until the run was assigned. */
  readonly push: Readonly<Record<string, number>>;
  readonly run: Readonly<Record<string, number>>;
  readonly tick: Readonly<Record<string, number>>;
  readonly heartbeat: Readonly<Record<string, number>>;
}

export const COUNTERS: Counters = document;
