import { signedCalls } from '../../adapters/aws/signed-call.ts';
import type { AwsClients } from './clients.ts';

const TARGET = 'AWSEvents';

interface RulesPage {
  readonly Rules?: readonly { readonly Name: string }[];
  readonly NextToken?: string | null;
}

/** Names of the scheduler's rules that begin so. */
async function listRules(aws: AwsClients, prefix: string): Promise<readonly string[]> {
  const names: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = (await call(aws, 'ListRules', { NamePrefix: prefix, ...(NextToken === undefined ? {} : { NextToken }) })) as RulesPage;
    names.push(...(page.Rules ?? []).map(({ Name }) => Name));
    NextToken = page.NextToken ?? undefined;
  } while (NextToken !== undefined);
  return names;
}

/** Lets the rules that begin so fire, or keeps them from it; how many there are. */
export async function setRules(aws: AwsClients, prefix: string, enabled: boolean): Promise<number> {
  const names = await listRules(aws, prefix);
  for (const Name of names) await call(aws, enabled ? 'EnableRule' : 'DisableRule', { Name });
  return names.length;
}

/** Two calls of a service are not worth its client. */
async function call(aws: AwsClients, operation: string, body: object): Promise<unknown> {
  const [{ accessKeyId, secretAccessKey, sessionToken }, region] = await Promise.all([aws.sts.config.credentials(), aws.sts.config.region()]);
  const send = signedCalls({ AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken });
  const answer = await send({
    service: 'events',
    method: 'POST',
    url: new URL(`${aws.endpointOf('events', region)}/`),
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${TARGET}.${operation}` },
    body: Buffer.from(JSON.stringify(body)),
  });
  if (answer.status !== 200) throw new Error(`the scheduler refused ${operation} (${answer.status})`);
  return answer.body.length === 0 ? {} : JSON.parse(answer.body.toString('utf8'));
}
