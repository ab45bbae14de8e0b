import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import type { AwsClients } from './clients.ts';

/** What the stacks of an installation published, notes of commands left out. */
export async function readPublished(aws: AwsClients, prefix: string): Promise<readonly { readonly name: string; readonly value: string }[]> {
  const found: { readonly name: string; readonly value: string }[] = [];
  for (const stack of ['kms', 'storage', 'network', 'database', 'messaging', 'api']) {
    let NextToken: string | undefined;
    do {
      const page = await aws.ssm.send(new GetParametersByPathCommand({ Path: `/${prefix}/${stack}`, Recursive: true, ...(NextToken === undefined ? {} : { NextToken }) }));
      for (const { Name = '', Value = '' } of page.Parameters ?? []) found.push({ name: Name, value: Value });
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
  }
  return found;
}
