import {
  CreateSecretCommand, DeleteSecretCommand, DescribeSecretCommand, GetSecretValueCommand, RemoveRegionsFromReplicationCommand, type DescribeSecretResponse,
} from '@aws-sdk/client-secrets-manager';
import type { AwsClients } from '../../lib/install/aws/clients.ts';
import { jsonAnswer, type AwsCall, type Intercept } from './aws-proxy.ts';

type ByRegion = Readonly<Record<string, AwsClients>>;

const placeIn = (aws: AwsClients | undefined, SecretId: string): Promise<DescribeSecretResponse | undefined> =>
  aws === undefined ? Promise.resolve(undefined) : aws.secrets.send(new DescribeSecretCommand({ SecretId })).catch(() => undefined);

/** Ends a secret in every region, copies first. */
async function forget(clients: ByRegion, SecretId: string): Promise<void> {
  for (const copies of [false, true]) {
    for (const [region, aws] of Object.entries(clients)) {
      const place = await placeIn(aws, SecretId);
      if (place === undefined || (place.PrimaryRegion !== undefined && place.PrimaryRegion !== region)) continue;
      const RemoveReplicaRegions = [...new Set((place.ReplicationStatus ?? []).map(({ Region = '' }) => Region))];
      if (!copies && RemoveReplicaRegions.length > 0) await aws.secrets.send(new RemoveRegionsFromReplicationCommand({ SecretId, RemoveReplicaRegions }));
      if (copies) await aws.secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
    }
  }
}

/** Has a secret in its first region, and a copy in the second. */
export async function sharedSecret(clients: ByRegion, [first, second]: readonly [string, string], Name: string, SecretString: string): Promise<void> {
  await forget(clients, Name);
  await clients[first]?.secrets.send(new CreateSecretCommand({ Name, SecretString, AddReplicaRegions: [{ Region: second }] }));
}

/** The promotion of a copy, which the emulator does not know, made of calls that it knows; and rotation, whose function it would want to run. */
export function promotions(clients: ByRegion, rotated: string[]): Intercept {
  return async (call: AwsCall, next) => {
    const region = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(call.headers.authorization ?? '')?.[1] ?? '';
    if (/functions\/[\w-]+\/configuration$/.test(call.path)) return jsonAnswer(200, { FunctionArn: `arn:aws:lambda:${region}:123456789012:function:${call.path.split('/').at(-2)}` });
    if (call.operation !== 'StopReplicationToReplica' && call.operation !== 'RotateSecret') return next(call);
    const asked = JSON.parse(call.body.toString('utf8')) as { readonly SecretId: string; readonly RotationLambdaARN?: string; readonly RotateImmediately?: boolean };
    const { SecretId } = asked;
    const aws = clients[region];
    const place = await placeIn(aws, SecretId);
    if (call.operation === 'RotateSecret') {
      if (place?.PrimaryRegion !== undefined && place.PrimaryRegion !== region) return jsonAnswer(400, { __type: 'InvalidRequestException', message: 'a replica is not rotated' });
      rotated.push(`${SecretId} by ${asked.RotationLambdaARN} ${asked.RotateImmediately ? 'now' : 'later'}`);
      return jsonAnswer(200, {});
    }
    if (place?.PrimaryRegion === undefined || place.PrimaryRegion === region) return jsonAnswer(400, { __type: 'InvalidRequestException', message: 'this is no replica' });
    const { SecretString } = (await aws?.secrets.send(new GetSecretValueCommand({ SecretId }))) ?? {};
    await clients[place.PrimaryRegion]?.secrets.send(new RemoveRegionsFromReplicationCommand({ SecretId, RemoveReplicaRegions: [region] }));
    await aws?.secrets.send(new CreateSecretCommand({ Name: SecretId, ...(SecretString === undefined ? {} : { SecretString }) }));
    return jsonAnswer(200, { ARN: place.ARN });
  };
}
