import * as z from 'zod/mini';
import type { Clock } from '../../core/ports/clock.ts';
import type { Telemetry } from '../../core/ports/telemetry.ts';
import { isAppError, type ErrorCode } from '../../core/shared/errors.ts';
import { iotClient, iotClientIn } from './clients/iot.ts';
import { IotCertificates } from './iot-certificates.ts';
import { removeUnrecorded, repairPools, sweepOrphans, type Regions } from './iot-reconcile.ts';
import type { IotPlace } from './iot-policy.ts';

const pool = { poolId: z.string().check(z.regex(/^[0-9A-HJKMNP-TV-Z]{26}$/)) };
const certificate = { certificateId: z.string().check(z.regex(/^[0-9a-f]{64}$/)) };

/** What the provisioning function is asked: one step at a time, so that the caller records each before the next. */
export const ProvisionerRequest = z.discriminatedUnion('do', [
  z.object({ do: z.literal('create'), csr: z.string() }),
  z.object({ do: z.literal('create-policy'), ...pool }),
  z.object({ do: z.literal('attach'), ...pool, ...certificate }),
  /** Into the other region, where there is one. */
  z.object({ do: z.literal('copy'), ...pool, ...certificate, pem: z.string() }),
  z.object({ do: z.literal('revoke'), ...pool, ...certificate }),
  z.object({ do: z.literal('repair'), pools: z.array(z.object({ ...pool, ...certificate })) }),
  /** What nobody came back for: certificates, and requests whose answer was lost. */
  z.object({ do: z.literal('abandon'), halfMade: z.array(z.object(certificate)), asked: z.array(z.object({ csr: z.string(), since: z.iso.datetime() })) }),
  z.object({ do: z.literal('sweep'), known: z.array(pool.poolId), after: z.nullable(pool.poolId) }),
]);
export type ProvisionerRequest = z.infer<typeof ProvisionerRequest>;

/** Errors of ours travel as values: what a function throws arrives as a text. */
export type ProvisionerAnswer =
  | { readonly done: unknown }
  | { readonly error: { readonly code: ErrorCode; readonly message: string; readonly details: Readonly<Record<string, unknown>> } };

export interface ProvisionerOptions {
  /** The installation's region first. */
  readonly regions: Regions;
  readonly clock: Pick<Clock, 'now'>;
  readonly telemetry: Pick<Telemetry, 'log' | 'count'>;
}

/** The regions of an installation with the SDK's own clients. */
export function iotRegions(place: IotPlace, secondaryRegion: string | null): Regions {
  const primary = new IotCertificates({ client: iotClient(), place });
  if (secondaryRegion === null) return [primary];
  return [primary, new IotCertificates({ client: iotClientIn(secondaryRegion), place: { ...place, region: secondaryRegion } })];
}

/** The provisioning function: certificates and policies of worker pools, in every region of the installation. */
export function iotProvisioner({ regions, clock, telemetry }: ProvisionerOptions): (event: unknown) => Promise<ProvisionerAnswer> {
  const [primary, ...others] = regions;

  async function perform(request: ProvisionerRequest): Promise<unknown> {
    switch (request.do) {
      case 'create':
        return primary.create(request.csr);
      case 'create-policy':
        return primary.createPolicy(request.poolId);
      case 'attach':
        return primary.attach(request.poolId, request.certificateId);
      case 'copy':
        for (const region of others) {
          await region.register(request.pem);
          await region.createPolicy(request.poolId);
          await region.attach(request.poolId, request.certificateId);
        }
        return undefined;
      case 'revoke':
        for (const region of regions) await region.revoke(request.poolId, request.certificateId);
        return undefined;
      case 'repair': {
        const outcome = await repairPools(regions, request.pools, { clock, telemetry });
        for (const poolId of outcome.lost) telemetry.log('error', "a pool's certificate is gone: reset the pool", { poolId });
        if (outcome.repaired.length > 0 || outcome.removed.length > 0) telemetry.log('warn', 'certificates reconciled', { ...outcome });
        return outcome;
      }
      case 'abandon': {
        for (const { certificateId } of request.halfMade) for (const region of regions) await region.remove(certificateId);
        for (const { csr, since } of request.asked) {
          const removed = await removeUnrecorded(primary, { csr, since: new Date(since) }, { clock });
          if (removed.length > 0) telemetry.log('warn', 'certificates that nobody heard of were removed', { removed });
        }
        return undefined;
      }
      case 'sweep': {
        const outcome = await sweepOrphans(regions, request, { clock, telemetry });
        if (outcome.removed.length > 0) telemetry.log('warn', 'certificates reconciled', { ...outcome });
        return outcome;
      }
    }
  }

  return async (event) => {
    try {
      return { done: (await perform(ProvisionerRequest.parse(event))) ?? null };
    } catch (error) {
      if (!isAppError(error)) throw error;
      telemetry.log('warn', 'a certificate step was not done', { code: error.code, error });
      return { error: { code: error.code, message: error.message, details: error.details } };
    }
  };
}
