import { signedCalls, type Answer, type Call } from '../../adapters/aws/signed-call.ts';
import type { AwsClients } from './clients.ts';

/** Calls of services of which a command makes so few that their clients are not worth it, as the operator and in the clients' region. */
export async function signedAsOperator(aws: AwsClients): Promise<(call: Call) => Promise<Answer>> {
  const { accessKeyId, secretAccessKey, sessionToken } = await aws.sts.config.credentials();
  return signedCalls({ AWS_REGION: aws.region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken });
}
