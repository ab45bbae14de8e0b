import { jsonCall } from '../../adapters/aws/signed-call.ts';
import { isTickName } from '../../core/shared/ticks.ts';
import type { AwsClients } from './clients.ts';
import { signedAsOperator } from './signed.ts';

const TARGET = 'AWSEvents';

interface RulesPage {
  readonly Rules?: readonly { readonly Name: string }[];
  readonly NextToken?: string | null;
}

/** Names of an installation's rules: those of its jobs, not all that begin so, which may be another installation's. */
async function listRules(aws: AwsClients, prefix: string): Promise<readonly string[]> {
  const start = `${prefix}-`;
  const names: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = (await call(aws, 'ListRules', { NamePrefix: start, ...(NextToken === undefined ? {} : { NextToken }) })) as RulesPage;
    names.push(...(page.Rules ?? []).map(({ Name }) => Name).filter((name) => isTickName(name.slice(start.length))));
    NextToken = page.NextToken ?? undefined;
  } while (NextToken !== undefined);
  return names;
}

/** Lets the rules of an installation's jobs fire, or keeps them from it; how many there are. */
export async function setRules(aws: AwsClients, prefix: string, enabled: boolean): Promise<number> {
  const names = await listRules(aws, prefix);
  for (const Name of names) await call(aws, enabled ? 'EnableRule' : 'DisableRule', { Name });
  return names.length;
}

async function call(aws: AwsClients, operation: string, body: object): Promise<unknown> {
  const send = await signedAsOperator(aws);
  const answer = await send(jsonCall('events', new URL(`${aws.endpointOf('events', aws.region)}/`), `${TARGET}.${operation}`, body));
  if (answer.status !== 200) throw new Error(`the scheduler refused ${operation} (${answer.status})`);
  return answer.body.length === 0 ? {} : JSON.parse(answer.body.toString('utf8'));
}
