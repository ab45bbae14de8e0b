import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { failedWith, type AwsClients } from './aws/clients.ts';
import { askOperations } from './aws/operations.ts';
import { readParameter, writeParameter } from './aws/parameters.ts';
import type { InstallConfig } from './config.ts';
import type { Conversation } from './context.ts';
import { accountNameParameter, functionName } from './names.ts';
import { CommandFault } from './outcome.ts';

/** What people and programs see of a new name. */
const CONSEQUENCES = [
  'runs are told the new name (TF_VAR_spacelift_account_name), and so are policies, webhooks and the audit trail',
  'addresses, API keys, sessions, tokens of worker pools and what is encrypted stay as they are',
  'a licence that names the account needs one for the new name',
];

/** The name that the installed account has; undefined where nothing is installed. One that the CDK alone deployed is known by its functions. */
export async function installedAccountName(aws: AwsClients, prefix: string): Promise<string | undefined> {
  return (await readParameter(aws, accountNameParameter(prefix))) ?? (await nameInFunctions(aws, prefix));
}

async function nameInFunctions(aws: AwsClients, prefix: string): Promise<string | undefined> {
  try {
    const { Environment } = await aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: functionName(prefix, 'ops') }));
    return Environment?.Variables?.ACCOUNT_NAME;
  } catch (error) {
    if (failedWith(error, 'ResourceNotFoundException')) return undefined;
    throw error;
  }
}

/** Ends the command when the file names another account than the installed one, unless it is to be renamed; then it says what that means. */
export async function requireAccountName(conversation: Conversation, aws: AwsClients, { prefix, accountName }: InstallConfig, rename: boolean): Promise<void> {
  const installed = await installedAccountName(aws, prefix);
  if (installed === undefined || installed === accountName) return;
  if (!rename) throw new CommandFault('configuration', `account_name: the installed account is ${installed}, and the file names ${accountName}; --rename-account renames it`);
  conversation.complain(`warning: the account ${installed} will be renamed to ${accountName}`);
  for (const line of CONSEQUENCES) conversation.complain(`  ${line}`);
}

/** Notes the account's name, and has it renamed where it had another; a repetition of one that was interrupted goes on with it. */
export async function settleAccountName(conversation: Conversation, aws: AwsClients, config: InstallConfig): Promise<void> {
  const { prefix, accountName, disasterRecovery } = config;
  const noted = await readParameter(aws, accountNameParameter(prefix));
  if (noted === accountName) return;
  // The other region's database is followed, not written: it is renamed by the installation there.
  if (!disasterRecovery?.isStandby) {
    const { before } = await askOperations(aws, prefix, { do: 'rename-account' });
    if (typeof before === 'string' && before !== accountName) conversation.say(`account renamed from ${before} to ${accountName}`);
  }
  await writeParameter(aws, accountNameParameter(prefix), accountName);
}
