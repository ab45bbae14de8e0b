import { InvokeCommand } from '@aws-sdk/client-lambda';
import { functionName } from '../names.ts';
import { CommandFault } from '../outcome.ts';
import { failedWith, type AwsClients } from './clients.ts';

interface Answer {
  readonly done?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message?: string };
}

/** Has the function for operators do something, and answers what it did. Its own words about a failure are the operator's to see. */
export async function askOperations(aws: AwsClients, prefix: string, request: { readonly do: string } & Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
  const FunctionName = functionName(prefix, 'ops');
  try {
    const { Payload, FunctionError } = await aws.lambda.send(new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(request)) }));
    const answer = JSON.parse(Buffer.from(Payload ?? '{}').toString('utf8')) as Answer;
    if (FunctionError !== undefined || answer.done === undefined) throw new CommandFault('deployFailed', answer.error?.message ?? `the function ${FunctionName} failed: see its log`);
    return answer.done;
  } catch (error) {
    if (failedWith(error, 'ResourceNotFoundException')) throw new CommandFault('preCheck', `there is no function ${FunctionName}: install first`);
    throw error;
  }
}
