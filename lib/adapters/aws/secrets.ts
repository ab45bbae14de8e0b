import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Clock } from '../../core/ports/clock.ts';
import { calling, isServiceError } from './service-errors.ts';

const REMEMBER_MS = 5 * 60_000;

export interface Secrets {
  /** The value of a secret, undefined when there is no such secret or it was given no value yet; at most five minutes old. */
  text(arn: string): Promise<string | undefined>;
  /** The same, read now: after a rotation, when the value in hand is refused. */
  fresh(arn: string): Promise<string | undefined>;
}

/** Values of Secrets Manager, kept for five minutes. Two that ask at once share a call; a failed call is not remembered. */
export function secrets(options: { readonly client: () => SecretsManagerClient; readonly clock: Pick<Clock, 'now'> }): Secrets {
  const { client, clock } = options;
  const kept = new Map<string, { readonly value: Promise<string | undefined>; readonly until: number }>();

  async function fetchValue(arn: string): Promise<string | undefined> {
    try {
      const answer = await calling('the secret store', () => client().send(new GetSecretValueCommand({ SecretId: arn })));
      return answer.SecretString ?? (answer.SecretBinary && Buffer.from(answer.SecretBinary).toString('utf8'));
    } catch (error) {
      if (isServiceError(error, 'ResourceNotFoundException')) return undefined;
      throw error;
    }
  }

  function fresh(arn: string): Promise<string | undefined> {
    const value = fetchValue(arn);
    const entry = { value, until: clock.now().getTime() + REMEMBER_MS };
    kept.set(arn, entry);
    value.catch(() => {
      if (kept.get(arn) === entry) kept.delete(arn);
    });
    return value;
  }

  return {
    fresh,
    text(arn) {
      const known = kept.get(arn);
      return known !== undefined && known.until > clock.now().getTime() ? known.value : fresh(arn);
    },
  };
}
