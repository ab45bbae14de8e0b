/** What the scheduler knows without asking the database, so that a database without work may sleep. */
export interface SchedulerState {
  /** Something was announced or begun since the last look that found nothing open. */
  readonly active: boolean;
  /** When `active` was last set or renewed. */
  readonly touchedAt: Date;
  /** The earliest time at which something is due though nothing happens; null: nothing is. */
  readonly dueAt: Date | null;
  /** When every job last ran, whether something was due or not. */
  readonly fullPassAt: Date | null;
  /** When a delivery was last turned away: the repositories it came from are compared with what was seen of them. */
  readonly rejectedAt: Date | null;
}

/** A small object outside the database, written by conditions only. */
export interface SchedulerMarker {
  /** Undefined when nobody wrote it yet: then everything counts as due. */
  read(): Promise<{ readonly state: SchedulerState; readonly version: string } | undefined>;
  /** Begins to read it for whoever may touch it in a moment, unless that would be nothing to do. Never throws. */
  readAhead(): void;
  /** Another has made sure that the scheduler looks, which can be relied on until then. */
  vouched(until: Date): void;
  /** Makes sure that the scheduler looks; cheap when that was made sure a moment ago. */
  touch(): Promise<void>;
  /** As `touch`, and notes that a delivery was turned away. */
  noteRejection(): Promise<void>;
  /** Writes it unless another did since `version` (undefined: unless it exists); false when so. */
  replace(state: SchedulerState, version: string | undefined): Promise<boolean>;
}
