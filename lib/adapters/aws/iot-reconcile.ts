import type { Clock } from '../../core/ports/clock.ts';
import type { PoolCertificate } from '../../core/ports/certificates.ts';
import type { Telemetry } from '../../core/ports/telemetry.ts';
import type { IotCertificates } from './iot-certificates.ts';

/** What is younger may still be in the making. */
const GRACE_MS = 3600_000;
const ULID_TIME = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const madeAt = (ulid: string): number => [...ulid.slice(0, 10)].reduce((time, character) => time * 32 + ULID_TIME.indexOf(character), 0);

export interface Reconciled {
  readonly repaired: readonly string[];
  readonly removed: readonly string[];
  /** Pools whose certificate nobody can make again without their operator: they need a reset. */
  readonly lost: readonly string[];
}

/**
 * Makes the certificates and policies of every region agree with the pools there are. The first region holds what the others are copied
 * from. Touches only what has a policy of ours: an account's other certificates are none of our business.
 */
export async function reconcileCertificates(
  regions: readonly [IotCertificates, ...IotCertificates[]],
  pools: readonly PoolCertificate[],
  { clock, telemetry }: { readonly clock: Pick<Clock, 'now'>; readonly telemetry: Pick<Telemetry, 'log'> },
): Promise<Reconciled> {
  const repaired = new Set<string>();
  const removed = new Set<string>();
  const lost = new Set<string>();
  const [primary] = regions;
  const isOld = (time: number) => clock.now().getTime() - time > GRACE_MS;
  const known = new Set(pools.map(({ poolId }) => poolId));

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
    for (const other of attached) if (other !== certificateId) await removeIfOld(region, other);
  }

  /** A certificate that a pool had before, or was to have. */
  async function removeIfOld(region: IotCertificates, certificateId: string): Promise<boolean> {
    const found = await region.find(certificateId);
    if (found?.createdAt !== undefined && !isOld(found.createdAt.getTime())) return false;
    await region.remove(certificateId);
    removed.add(certificateId);
    return true;
  }

  async function removePool(region: IotCertificates, poolId: string): Promise<void> {
    let empty = true;
    for (const certificateId of await region.policies.certificatesOf(poolId)) empty = (await removeIfOld(region, certificateId)) && empty;
    if (!empty) return;
    await region.policies.remove(poolId);
    removed.add(poolId);
  }

  /** One that fails does not keep the others from being looked at. */
  async function attempt(poolId: string, region: IotCertificates, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      telemetry.log('error', "a pool's certificate could not be reconciled", { poolId, region: region.place.region, error });
    }
  }

  for (const region of regions) {
    for (const pool of pools) await attempt(pool.poolId, region, () => repair(region, pool));
    for (const poolId of await region.policies.pools()) {
      if (!known.has(poolId) && isOld(madeAt(poolId))) await attempt(poolId, region, () => removePool(region, poolId));
    }
  }
  return { repaired: [...repaired], removed: [...removed], lost: [...lost] };
}
