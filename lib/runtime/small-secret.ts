import { signedCalls } from '../adapters/aws/signed-call.ts';
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
    const endpoint = environment.AWS_ENDPOINT_URL_SECRETS_MANAGER ?? environment.AWS_ENDPOINT_URL ?? `https://secretsmanager${environment.AWS_USE_FIPS_ENDPOINT === 'true' ? '-fips' : ''}.${config.region}.amazonaws.com`;
    const answer = await call({
      service: 'secretsmanager',
      method: 'POST',
      url: new URL('/', endpoint),
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.GetSecretValue' },
      body: Buffer.from(JSON.stringify({ SecretId: arn })),
    });
    if (answer.status !== 200) throw unavailable('the secret of the distribution cannot be read', {}, { cause: new Error(`secretsmanager answered ${answer.status}`) });
    const { SecretString: value = null } = JSON.parse(answer.body.toString('utf8')) as { readonly SecretString?: string };
    kept = { value, until: now + REMEMBER_MS };
    return value;
  };
}
