import type { Ports } from '../../ports/ports.ts';
import { requireRootAdmin, type Actor } from '../../shared/actor.ts';
import type { Evaluation } from '../evaluation.ts';
import { isSampleOf, samplesOf } from '../evaluation-store.ts';
import type { Policy } from '../policy.ts';
import { readSample } from '../sample-text.ts';

/** The newest samples of a policy; root administrators only, for they hold what people pushed, planned and signed in with. */
export async function listSamples(ports: Pick<Ports, 'db' | 'clock'>, actor: Actor, policy: Pick<Policy, 'ulid'>): Promise<readonly Evaluation[]> {
  requireRootAdmin(actor);
  return samplesOf(ports.db.sql, policy.ulid, ports.clock.now());
}

/** Body and input of one sample of the policy; undefined when there is none of that key, or no longer. */
export async function readPolicySample(ports: Pick<Ports, 'db' | 'objects'>, actor: Actor, policy: Pick<Policy, 'ulid'>, key: string): Promise<{ readonly body: string; readonly input: string } | undefined> {
  requireRootAdmin(actor);
  if (!(await isSampleOf(ports.db.sql, policy.ulid, key))) return undefined;
  const bytes = await ports.objects.get('policy-inputs', key);
  return bytes && readSample(bytes);
}
