import { createHash, X509Certificate } from 'node:crypto';
import * as z from 'zod/mini';
import type { Certificates, IssuedCertificate, PoolCertificate } from '../../core/ports/certificates.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { ObjectStore } from '../../core/ports/object-store.ts';
import type { Telemetry } from '../../core/ports/telemetry.ts';
import { AppError, isAppError, unavailable } from '../../core/shared/errors.ts';
import { sha256 } from '../../core/shared/text.ts';
import { requestDer } from '../certificates/signing-request.ts';
import type { ProvisionerAnswer, ProvisionerRequest } from './iot-provisioner.ts';
import { serviceUrl, signedCalls, type AwsEnvironment, type CallTelemetry } from './signed-call.ts';

const PREFIX = 'iot/';
/** Records younger than this belong to a call that may still be going on. */
const GRACE_MS = 3600_000;
/** A caller waits for its certificate. */
const PATIENCE_MS = 20_000;
const CALL_MS = 15_000;
/** For a slice of pools, or of what belongs to none: nobody waits for it but a function of 50 seconds. */
const SLICE_MS = 40_000;
/** With less time left nothing is begun. */
const LEAST_MS = 500;
const PAUSE_MS = 500;
/** Records of what nobody came back for that one call takes. */
const ABANDONED = 25;

/** Written before a certificate is asked for: until its id is known, the request is all that there is to find it by. */
const Asked = z.object({ step: z.literal('asked'), poolId: z.string(), csr: z.string(), since: z.iso.datetime() });
/** An earlier answer to a request was lost. */
const Unheard = z.object({ csr: z.string(), since: z.iso.datetime() });
/** How far a certificate has come; written after each step. */
const Progress = z.object({
  step: z.enum(['created', 'policy', 'attached']), poolId: z.string(), certificateId: z.string(), pem: z.string(), unheard: z.optional(Unheard),
});
const Found = z.union([Asked, Progress]);
type Progress = z.infer<typeof Progress>;
type Found = z.infer<typeof Found>;

export interface ProvisionerClientOptions {
  readonly environment: AwsEnvironment;
  readonly functionName: string;
  readonly objects: Pick<ObjectStore, 'put' | 'get' | 'list' | 'delete'>;
  readonly clock: Clock;
  readonly telemetry: Pick<Telemetry, 'log'>;
  readonly tracing?: CallTelemetry;
  /** Certificates are copied there, for a switch-over. */
  readonly hasSecondaryRegion: boolean;
  /** What is left to whoever calls, less what is kept for the answer. */
  readonly remainingMs?: () => number;
}

/**
 * The Certificates port by way of the function that alone may make certificates. What breaks off half-way is continued by the next try
 * with the same request.
 */
export function provisionerClient(options: ProvisionerClientOptions): Certificates {
  const { environment, functionName, objects, clock, telemetry, remainingMs = () => Infinity } = options;
  const call = signedCalls(environment, options.tracing);

  async function ask(request: ProvisionerRequest, limitMs = CALL_MS): Promise<unknown> {
    const timeoutMs = Math.min(limitMs, remainingMs());
    if (timeoutMs < LEAST_MS) throw unavailable('there was no time left for the certificate: try again in a few seconds');
    const answer = await call({
      service: 'lambda',
      method: 'POST',
      url: serviceUrl(environment, 'lambda', `/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`),
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(request)),
      timeoutMs,
      neverTwice: true,
    });
    const failure = answer.headers.get('x-amz-function-error');
    if (answer.status !== 200 || failure !== null) {
      const cause = new Error(`the provisioning function: status ${answer.status} ${failure ?? ''}`.trim());
      throw unavailable('the certificate could not be worked on: try again in a few seconds', {}, { cause });
    }
    const result = JSON.parse(answer.body.toString('utf8')) as ProvisionerAnswer;
    if ('error' in result) throw new AppError(result.error.code, result.error.message, result.error.details);
    return result.done;
  }

  async function read(key: string): Promise<Found | undefined> {
    const bytes = await objects.get('metadata', key);
    if (bytes === undefined) return undefined;
    return Found.parse(JSON.parse(bytes.toString('utf8')));
  }

  const write = (key: string, record: Found) => objects.put('metadata', key, Buffer.from(JSON.stringify(record)));

  /** Ends a record; what an earlier call may have made besides is left to the reconciliation. */
  async function settle(key: string, { poolId, unheard }: Pick<Progress, 'poolId' | 'unheard'>): Promise<void> {
    await (unheard === undefined ? objects.delete('metadata', key) : write(key, { step: 'asked', poolId, ...unheard }));
  }

  /** Asks for a certificate. An answer that is lost may have made one, which the record leads to. */
  async function create(key: string, csr: string, poolId: string, found: Found | undefined): Promise<Progress> {
    const unheard = found?.step === 'asked' ? { csr: found.csr, since: found.since } : found?.unheard;
    await write(key, { step: 'asked', poolId, csr, since: clock.now().toISOString(), ...unheard });
    try {
      const made = (await ask({ do: 'create', csr })) as { readonly certificateId: string; readonly pem: string };
      return { step: 'created', poolId, certificateId: made.certificateId, pem: made.pem, ...(unheard === undefined ? {} : { unheard }) };
    } catch (error) {
      if (!isAppError(error, 'UNAVAILABLE')) await settle(key, { poolId, ...(unheard === undefined ? {} : { unheard }) });
      throw error;
    }
  }

  /** Does the steps that are missing. A certificate that opens another pool already is left to that pool. */
  async function advance(key: string, csr: string, poolId: string): Promise<Progress> {
    const found = await read(key);
    let progress = found !== undefined && found.step !== 'asked' && (found.poolId === poolId || found.step !== 'attached') ? found : undefined;
    if (progress === undefined) {
      progress = await create(key, csr, poolId, found);
      await write(key, progress);
    } else if (progress.poolId !== poolId) progress = { ...progress, poolId, step: 'created' };
    if (progress.step === 'created') {
      await ask({ do: 'create-policy', poolId });
      progress = { ...progress, step: 'policy' };
      await write(key, progress);
    }
    if (progress.step === 'policy') {
      await ask({ do: 'attach', poolId, certificateId: progress.certificateId });
      progress = { ...progress, step: 'attached' };
      await write(key, progress);
    }
    return progress;
  }

  /** Continues after a failure that may pass, while the caller still waits. What was recorded and is gone is begun anew. */
  async function advanceInTime(key: string, csr: string, poolId: string): Promise<Progress> {
    const giveUpAt = clock.now().getTime() + Math.min(PATIENCE_MS, remainingMs());
    for (let pauseMs = PAUSE_MS; ; pauseMs *= 2) {
      try {
        return await advance(key, csr, poolId);
      } catch (error) {
        if (!isAppError(error, 'UNAVAILABLE', 'NOT_FOUND') || clock.now().getTime() + pauseMs >= giveUpAt) throw error;
        telemetry.log('warn', 'a certificate is half made, going on', { poolId, error });
        if (isAppError(error, 'NOT_FOUND')) await forgetMade(key);
        await clock.sleep(pauseMs);
      }
    }
  }

  /** The certificate went away: the next try makes another. */
  async function forgetMade(key: string): Promise<void> {
    const found = await read(key);
    if (found !== undefined && found.step !== 'asked') await settle(key, found);
  }

  /** What nobody came back for is taken away, with its record. */
  async function abandon(pools: readonly PoolCertificate[]): Promise<void> {
    const inUse = new Set(pools.map(({ certificateId }) => certificateId));
    const isOld = (modifiedAt: Date) => clock.now().getTime() - modifiedAt.getTime() >= GRACE_MS;
    const old = (await objects.list('metadata', PREFIX)).filter(({ modifiedAt }) => isOld(modifiedAt)).slice(0, ABANDONED);
    if (old.length === 0) return;
    const found = (await Promise.all(old.map(({ key }) => read(key)))).filter((record) => record !== undefined);
    const halfMade = found.flatMap((record) => (record.step === 'asked' || inUse.has(record.certificateId) ? [] : [{ certificateId: record.certificateId }]));
    const asked = found
      .map((record) => (record.step === 'asked' ? { csr: record.csr, since: record.since } : record.unheard))
      .filter((request) => request !== undefined);
    await ask({ do: 'abandon', halfMade, asked }, SLICE_MS);
    for (const { key } of old) await objects.delete('metadata', key);
  }

  async function copy({ poolId, certificateId, pem }: Progress): Promise<void> {
    if (!options.hasSecondaryRegion) return;
    // The other region may be away: then the next reconciliation copies it.
    await ask({ do: 'copy', poolId, certificateId, pem }).catch((error: unknown) =>
      telemetry.log('warn', 'a certificate was not copied to the other region', { poolId, error }),
    );
  }

  return {
    async issue(text, poolId) {
      const der = requestDer(text);
      const key = `${PREFIX}${createHash('sha256').update(der).digest('hex')}.json`;
      const progress = await advanceInTime(key, text, poolId);
      await copy(progress);
      await settle(key, progress);
      return toIssued(progress.pem);
    },

    async revoke(poolId, certificateId) {
      await ask({ do: 'revoke', poolId, certificateId });
    },

    async repair(pools) {
      await ask({ do: 'repair', pools: [...pools] }, SLICE_MS);
    },

    async removeOrphans(pools, after) {
      if (after === null) await abandon(pools);
      const { next } = (await ask({ do: 'sweep', known: pools.map(({ poolId }) => poolId), after }, SLICE_MS)) as { readonly next: string | null };
      return next;
    },
  };
}

function toIssued(pem: string): IssuedCertificate {
  const { raw, publicKey } = new X509Certificate(pem);
  return {
    pem,
    certificateId: sha256(raw),
    spkiSha256: sha256(publicKey.export({ type: 'spki', format: 'der' })),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}
