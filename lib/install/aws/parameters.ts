import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { failedWith, type AwsClients } from './clients.ts';

/** The value of a parameter, undefined when there is none. */
export async function readParameter(aws: AwsClients, name: string): Promise<string | undefined> {
  try {
    return (await aws.ssm.send(new GetParameterCommand({ Name: name }))).Parameter?.Value;
  } catch (error) {
    if (failedWith(error, 'ParameterNotFound')) return undefined;
    throw error;
  }
}

export async function writeParameter(aws: AwsClients, name: string, value: string): Promise<void> {
  await aws.ssm.send(new PutParameterCommand({ Name: name, Value: value, Type: 'String', Overwrite: true }));
}

/** Writes a parameter that is not there yet; false when it is. */
export async function createParameter(aws: AwsClients, name: string, value: string): Promise<boolean> {
  try {
    await aws.ssm.send(new PutParameterCommand({ Name: name, Value: value, Type: 'String', Overwrite: false }));
    return true;
  } catch (error) {
    if (failedWith(error, 'ParameterAlreadyExists')) return false;
    throw error;
  }
}

/** Removes a parameter; one that is gone already is as wanted. */
export async function deleteParameter(aws: AwsClients, name: string): Promise<void> {
  try {
    await aws.ssm.send(new DeleteParameterCommand({ Name: name }));
  } catch (error) {
    if (!failedWith(error, 'ParameterNotFound')) throw error;
  }
}
