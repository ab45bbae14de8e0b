import type { Broker } from './broker.ts';
import type { Certificates } from './certificates.ts';
import type { Cipher } from './cipher.ts';
import type { Clock } from './clock.ts';
import type { Database } from './database.ts';
import type { HttpSender } from './http-sender.ts';
import type { Ids } from './ids.ts';
import type { License } from './license.ts';
import type { ObjectStore } from './object-store.ts';
import type { PolicyEngine } from './policy-engine.ts';
import type { Queue } from './queue.ts';
import type { Settings } from './settings.ts';
import type { Signer } from './signer.ts';
import type { Telemetry } from './telemetry.ts';
import type { Vcs } from './vcs.ts';
import type { Wakeups } from './wakeups.ts';

/** What the core needs from outside. Actions take a `Pick` of it. */
export interface Ports {
  readonly db: Database;
  readonly queue: Queue;
  readonly objects: ObjectStore;
  readonly cipher: Cipher;
  readonly signer: Signer;
  readonly broker: Broker;
  readonly certificates: Certificates;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly wakeups: Wakeups;
  readonly vcs: Vcs;
  readonly http: HttpSender;
  readonly policyEngine: PolicyEngine;
  readonly license: License;
  readonly telemetry: Telemetry;
  readonly settings: Settings;
}
