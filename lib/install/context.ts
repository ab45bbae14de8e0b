import type { AwsClients } from './aws/clients.ts';
import type { Probe } from './checks/reach.ts';
import type { Cdk } from './cdk.ts';

/** What a command says and asks. */
export interface Conversation {
  say(line: string): void;
  complain(line: string): void;
  /** What the operator answers; undefined at the end of the input. */
  ask(question: string): Promise<string | undefined>;
}

/** What the commands need from outside. */
export interface CommandContext extends Conversation {
  /** Clients of the services in a region. */
  readonly aws: (region: string) => AwsClients;
  readonly cdk: Cdk;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  /** Whether a host can be reached; in place of a connection of one's own. */
  readonly probe?: Probe;
  /** The version that is installed by this copy of the program. */
  readonly version: string;
  /** The folder of the project. */
  readonly root: string;
}

/** Only the whole word goes on: `y` may have been meant for another question. */
export async function confirmed(context: Conversation, question: string): Promise<boolean> {
  return (await context.ask(question)) === 'yes';
}
