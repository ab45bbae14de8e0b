import type { AwsClients } from '../aws/clients.ts';
import type { InstallConfig } from '../config.ts';
import type { Probe } from './reach.ts';

/** What a check found: `failed` ends the command before it changes anything. */
export interface Finding {
  readonly check: string;
  readonly level: 'ok' | 'warning' | 'failed';
  readonly text: string;
}

export interface CheckNeeds {
  readonly aws: AwsClients;
  readonly config: InstallConfig;
  readonly accountId: string;
  readonly version: string;
  /** As the operator named it, for commands that are told. */
  readonly configFile?: string;
  /** Clients of another region, to be closed by whoever asks for them. */
  readonly elsewhere: (region: string) => AwsClients;
  /** Whether a host can be reached; without it nothing is tried. */
  readonly probe?: Probe;
}

export type Check = (needs: CheckNeeds) => Promise<readonly Finding[]>;

export const found = (check: string) => ({
  ok: (text: string): Finding => ({ check, level: 'ok', text }),
  warning: (text: string): Finding => ({ check, level: 'warning', text }),
  failed: (text: string): Finding => ({ check, level: 'failed', text }),
});

/** The name of an error, which is all of it that is told: the rest may hold more than the operator should see. */
export const nameOf = (error: unknown): string => (error as { readonly name?: string }).name ?? 'error';
