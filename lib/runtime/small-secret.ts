import { jsonCall, serviceUrl, signedCalls } from '../adapters/aws/signed-call.ts';
import { unavailable } from '../core/shared/errors.ts';
import type { AwsBase } from './aws-base.ts';

const REMEMBER_MS = 5 * 60_000;

/** The secret of the distribution in front, read without a client; null where there is no distribution. */
export function smallOriginSecret({ environment, config, clock, telemetry }: AwsBase): () => Promise<string | null> {
  const arn = config.secrets.origin;
  if (arn === null) return async () => null;
  const call = signedCalls(environment, telemetry);
  let kept: { readonly value: string | null; readonly until: number } | undefined;
  return async () => {
    const now = clock.now().getTime();
    if (kept !== undefined && kept.until > now) return kept.value;
    const answer = await call(jsonCall('secretsmanager', serviceUrl(environment, 'secretsmanager'), 'secretsmanager.GetSecretValue', { SecretId: arn }));
    if (answer.status !== 200) throw unavailable('the secret of the distribution cannot be read', {}, { cause: new Error(`secretsmanager answered ${answer.status}`) });
    const { SecretString: value = null } = JSON.parse(answer.body.toString('utf8')) as { readonly SecretString?: string };
    kept = { value, until: now + REMEMBER_MS };
    return value;
  };
}
