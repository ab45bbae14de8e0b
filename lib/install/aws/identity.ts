import { ListAccountAliasesCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Partition } from '../config.ts';
import { CommandFault } from '../outcome.ts';
import type { AwsClients } from './clients.ts';

export interface CallerIdentity {
  readonly accountId: string;
  readonly alias: string | null;
}

/** Whose account is installed into. Credentials of another partition are no better than none. */
export async function identify(aws: AwsClients, partition: Partition): Promise<CallerIdentity> {
  const caller = await aws.sts.send(new GetCallerIdentityCommand({})).catch((error: unknown) => error as Error);
  const arn = caller instanceof Error ? undefined : caller.Arn;
  if (caller instanceof Error || caller.Account === undefined || arn?.split(':')[1] !== partition)
    throw new CommandFault('preCheck', 'could not find AWS account ID; check that your AWS credentials are correct and have not expired', caller instanceof Error ? { cause: caller } : {});
  return { accountId: caller.Account, alias: await aliasOf(aws) };
}

/** The name is for the operator's eyes only; who may not read it still may install. */
async function aliasOf(aws: AwsClients): Promise<string | null> {
  try {
    return (await aws.iam.send(new ListAccountAliasesCommand({}))).AccountAliases?.[0] ?? null;
  } catch {
    return null;
  }
}
