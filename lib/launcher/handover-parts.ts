import type { KeyObject } from 'node:crypto';
import type { LauncherConfig } from './config.ts';
import type { Guard } from './guard.ts';
import type { Log } from './log.ts';
import type { InitializationPolicy } from './policy/initialization-policy.ts';
import type { PluginCache } from './plugin-cache.ts';
import type { ServerApi } from './server-api.ts';
import type { StepUser } from './step.ts';
import type { LadderTimes } from './stop-ladder.ts';
import type { Tools } from './tools.ts';

/** What every handover of a launcher shares. */
export interface HandoverParts {
  readonly config: LauncherConfig;
  readonly publicKey: KeyObject;
  readonly workerId: string;
  readonly api: ServerApi;
  readonly guard: Guard;
  readonly tools: Tools;
  readonly pluginCache: PluginCache;
  readonly stepUser: StepUser | undefined;
  /** Told at the start of each run, such as that steps keep running as root. */
  readonly warning: string | undefined;
  readonly log: Log;
  readonly logIntervalMs: number;
  readonly isConnected: () => boolean;
  /** Takes the copy of the run's log, when asked for. */
  readonly standardOutput: (line: string) => void;
  readonly ladder?: LadderTimes;
  readonly decisionTimeoutMs?: number;
  /** The operator's own policy on what may run here. */
  readonly initializationPolicy?: InitializationPolicy | undefined;
}

/** The run ends as failed, with this note. */
export class RunFailure extends Error {
  override name = 'RunFailure';
}

/** The run was interrupted, and what it was doing ended for that reason. */
export class RunInterrupted extends Error {
  override name = 'RunInterrupted';
}
