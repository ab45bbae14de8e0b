import type { Clock } from '../../core/ports/clock.ts';
import type { PoolCertificate } from '../../core/ports/certificates.ts';
import type { Telemetry } from '../../core/ports/telemetry.ts';
import type { IotCertificates } from './iot-certificates.ts';

/** What is younger may still be in the making. */
const GRACE_MS = 3600_000;
/** Policies without a pool that one call of the function removes: each takes half a dozen calls of the service, in each region. */
const ORPHANS = 25;
const ULID_TIME = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const madeAt = (ulid: string): number => [...ulid.slice(0, 10)].reduce((time, character) => time * 32 + ULID_TIME.indexOf(character), 0);

export type Regions = readonly [IotCertificates, ...IotCertificates[]];

export interface ReconcileNeeds {
  readonly clock: Pick<Clock, 'now'>;
  readonly telemetry: Pick<Telemetry, 'log'>;
}

export interface Repaired {
  readonly repaired: readonly string[];
  readonly removed: readonly string[];
  /** Pools whose certificate nobody can make again without their operator: they need a reset. */
  readonly lost: readonly string[];
}

export interface Swept {
  readonly removed: readonly string[];
  /** The pool to go on behind; null at the end. */
  readonly next: string | null;
}

/** One that fails does not keep the others from being looked at. */
async function attempt({ telemetry }: ReconcileNeeds, poolId: string, region: IotCertificates, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    telemetry.log('error', "a pool's certificate could not be reconciled", { poolId, region: region.place.region, error });
  }
}

const isOld = ({ clock }: ReconcileNeeds, time: number): boolean => clock.now().getTime() - time > GRACE_MS;

/** A certificate that a pool had before, or was to have. */
async function removeIfOld(needs: ReconcileNeeds, region: IotCertificates, certificateId: string): Promise<boolean> {
  const found = await region.find(certificateId);
  if (found?.createdAt !== undefined && !isOld(needs, found.createdAt.getTime())) return false;
  await region.remove(certificateId);
  return true;
}

/** Makes certificates and policies of every region agree with these pools. The first region holds what the others are copied from. */
export async function repairPools(regions: Regions, pools: readonly PoolCertificate[], needs: ReconcileNeeds): Promise<Repaired> {
  const repaired = new Set<string>();
  const removed = new Set<string>();
  const lost = new Set<string>();
  const [primary] = regions;

  async function repair(region: IotCertificates, { poolId, certificateId }: PoolCertificate): Promise<void> {
    let found = await region.find(certificateId);
    if (found === undefined) {
      const original = region === primary ? undefined : await primary.find(certificateId);
      if (original === undefined) {
        lost.add(poolId);
        return;
      }
      await region.register(original.pem);
      repaired.add(poolId);
      found = original;
    }
    if (!found.isActive) {
      await region.activate(certificateId);
      repaired.add(poolId);
    }
    const state = await region.policies.state(poolId);
    if (state === 'missing') await region.createPolicy(poolId);
    else if (state === 'wrong') await region.policies.correct(poolId);
    const attached = await region.policies.certificatesOf(poolId);
    if (!attached.includes(certificateId)) await region.attach(poolId, certificateId);
    if (state !== 'right' || !attached.includes(certificateId)) repaired.add(poolId);
    for (const other of attached) if (other !== certificateId && (await removeIfOld(needs, region, other))) removed.add(other);
  }

  for (const region of regions) for (const pool of pools) await attempt(needs, pool.poolId, region, () => repair(region, pool));
  return { repaired: [...repaired], removed: [...removed], lost: [...lost] };
}

/** Removes policies of ours that belong to no pool, with their certificates, some at a time: those behind the pool `after`. */
export async function sweepOrphans(
  regions: Regions,
  { known, after }: { readonly known: readonly string[]; readonly after: string | null },
  needs: ReconcileNeeds,
): Promise<Swept> {
  const removed = new Set<string>();
  const pools = new Set(known);
  const found = await Promise.all(regions.map(async (region) => ({ region, orphans: (await region.policies.pools()).filter((id) => !pools.has(id)) })));
  const behind = [...new Set(found.flatMap(({ orphans }) => orphans))]
    .filter((poolId) => (after === null || poolId > after) && isOld(needs, madeAt(poolId)))
    .sort();
  const now = behind.slice(0, ORPHANS);

  async function removePool(region: IotCertificates, poolId: string): Promise<void> {
    let empty = true;
    for (const certificateId of await region.policies.certificatesOf(poolId)) {
      const gone = await removeIfOld(needs, region, certificateId);
      if (gone) removed.add(certificateId);
      empty &&= gone;
    }
    if (!empty) return;
    await region.policies.remove(poolId);
    removed.add(poolId);
  }

  for (const { region, orphans } of found)
    for (const poolId of now) if (orphans.includes(poolId)) await attempt(needs, poolId, region, () => removePool(region, poolId));
  return { removed: [...removed], next: behind.length > now.length ? (now.at(-1) ?? null) : null };
}

/** A request that a certificate was asked for, and nobody knows what came of it. */
export interface Asked {
  readonly csr: string;
  readonly since: Date;
}

/**
 * Removes what was made for a request whose answer was lost. Such a certificate opens nothing and never did: it is inactive, has no policy,
 * bears the request's key, and was made after the request, long enough ago. Anything else may be another's.
 */
export async function removeUnrecorded(region: IotCertificates, { csr, since }: Asked, { clock }: Pick<ReconcileNeeds, 'clock'>): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const certificateId of await region.inactiveBetween(since, new Date(clock.now().getTime() - GRACE_MS))) {
    if (!(await region.isFor(certificateId, csr)) || (await region.hasPolicy(certificateId))) continue;
    await region.remove(certificateId);
    removed.push(certificateId);
  }
  return removed;
}
