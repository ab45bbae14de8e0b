import { createHash, X509Certificate } from 'node:crypto';
import * as z from 'zod/mini';
import type { Certificates, IssuedCertificate } from '../../core/ports/certificates.ts';
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
const PAUSE_MS = 500;

/** How far a certificate has come; written after each step. */
const Progress = z.object({ poolId: z.string(), certificateId: z.string(), pem: z.string(), step: z.enum(['created', 'policy', 'attached']) });
type Progress = z.infer<typeof Progress>;

export interface ProvisionerClientOptions {
  readonly environment: AwsEnvironment;
  readonly functionName: string;
  readonly objects: Pick<ObjectStore, 'put' | 'get' | 'list' | 'delete'>;
  readonly clock: Clock;
  readonly telemetry: Pick<Telemetry, 'log'>;
  readonly tracing?: CallTelemetry;
  /** Certificates are copied there, for a switch-over. */
  readonly hasSecondaryRegion: boolean;
}

/**
 * The Certificates port by way of the function that alone may make certificates. What breaks off half-way is continued by the next try
 * with the same request.
 */
export function provisionerClient(options: ProvisionerClientOptions): Certificates {
  const { environment, functionName, objects, clock, telemetry } = options;
  const call = signedCalls(environment, options.tracing);

  async function ask(request: ProvisionerRequest): Promise<unknown> {
    const answer = await call({
      service: 'lambda',
      method: 'POST',
      url: serviceUrl(environment, 'lambda', `/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`),
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(request)),
      timeoutMs: CALL_MS,
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

  async function readProgress(key: string): Promise<Progress | undefined> {
    const bytes = await objects.get('metadata', key);
    if (bytes === undefined) return undefined;
    return Progress.parse(JSON.parse(bytes.toString('utf8')));
  }

  const writeProgress = (key: string, progress: Progress) => objects.put('metadata', key, Buffer.from(JSON.stringify(progress)));

  /** Does the steps that are missing. A certificate that opens another pool already is left to that pool. */
  async function advance(key: string, csr: string, poolId: string): Promise<Progress> {
    const found = await readProgress(key);
    let progress = found !== undefined && (found.poolId === poolId || found.step !== 'attached') ? found : undefined;
    if (progress === undefined) {
      const made = (await ask({ do: 'create', csr })) as { readonly certificateId: string; readonly pem: string };
      progress = { poolId, certificateId: made.certificateId, pem: made.pem, step: 'created' };
      await writeProgress(key, progress);
    } else if (progress.poolId !== poolId) progress = { ...progress, poolId, step: 'created' };
    if (progress.step === 'created') {
      await ask({ do: 'create-policy', poolId });
      progress = { ...progress, step: 'policy' };
      await writeProgress(key, progress);
    }
    if (progress.step === 'policy') {
      await ask({ do: 'attach', poolId, certificateId: progress.certificateId });
      progress = { ...progress, step: 'attached' };
      await writeProgress(key, progress);
    }
    return progress;
  }

  /** Continues after a failure that may pass, while the caller still waits. What was recorded and is gone is begun anew. */
  async function advanceInTime(key: string, csr: string, poolId: string): Promise<Progress> {
    const giveUpAt = clock.now().getTime() + PATIENCE_MS;
    for (let pauseMs = PAUSE_MS; ; pauseMs *= 2) {
      try {
        return await advance(key, csr, poolId);
      } catch (error) {
        if (!isAppError(error, 'UNAVAILABLE', 'NOT_FOUND') || clock.now().getTime() + pauseMs >= giveUpAt) throw error;
        telemetry.log('warn', 'a certificate is half made, going on', { poolId, error });
        if (isAppError(error, 'NOT_FOUND')) await objects.delete('metadata', key);
        await clock.sleep(pauseMs);
      }
    }
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
      await objects.delete('metadata', key);
      return toIssued(progress.pem);
    },

    async revoke(poolId, certificateId) {
      await ask({ do: 'revoke', poolId, certificateId });
    },

    async reconcile(pools) {
      const inUse = new Set(pools.map(({ certificateId }) => certificateId));
      const abandoned: { readonly key: string; readonly certificateId: string }[] = [];
      for (const { key, modifiedAt } of await objects.list('metadata', PREFIX)) {
        if (clock.now().getTime() - modifiedAt.getTime() < GRACE_MS) continue;
        const progress = await readProgress(key);
        if (progress !== undefined) abandoned.push({ key, certificateId: progress.certificateId });
      }
      const halfMade = abandoned.filter(({ certificateId }) => !inUse.has(certificateId)).map(({ certificateId }) => ({ certificateId }));
      await ask({ do: 'reconcile', pools: [...pools], halfMade });
      for (const { key } of abandoned) await objects.delete('metadata', key);
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
