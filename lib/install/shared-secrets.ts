import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { ReplicateSecretToRegionsCommand, RotateSecretCommand, StopReplicationToReplicaCommand } from '@aws-sdk/client-secrets-manager';
import { placeOf } from './aws/secret-values.ts';
import type { AwsClients } from './aws/clients.ts';
import { lastServing, type Regions } from './failover-steps.ts';
import { DATABASE_USERS, functionName, secretName, SHARED_SECRETS } from './names.ts';

const ROTATION_DAYS = 30;
const COPY_PAUSE_MS = 3_000;
const COPY_TRIES = 40;

interface Conversation {
  readonly say: (line: string) => void;
  readonly complain: (line: string) => void;
  readonly sleep: (ms: number) => Promise<void>;
}

type Between = Pick<Regions, 'prefix' | 'from' | 'to'>;

/**
 * Has the old region's secrets copied to the new one where they are not: after an unplanned failover both kept their own since. One that
 * serves already knows better than the region it took over from.
 */
export async function freshenSecrets({ prefix, from, to }: Between, { say, sleep }: Conversation): Promise<void> {
  if ((await lastServing({ prefix, from, to })) === to.region) return;
  for (const name of SHARED_SECRETS) {
    const id = secretName(prefix, name);
    const place = await placeOf(from, id);
    if (place === undefined || place.copyOf !== null || isInSync(place, to.region)) continue;
    // What is there by that name already was copied once, and is overwritten.
    await copy(prefix, from, id, to.region);
    await arrival(from, id, to.region, sleep);
    say(`${id} is copied from ${from.region} to ${to.region}`);
  }
}

/**
 * Makes the new region the one that keeps the secrets, for copies take no new values and are not rotated. The old region has copies from then
 * on, if it answers.
 */
export async function takeSecrets({ prefix, from, to }: Between, conversation: Conversation, rotates: boolean): Promise<void> {
  const taken: string[] = [];
  for (const name of SHARED_SECRETS) {
    const id = secretName(prefix, name);
    const place = await placeOf(to, id);
    if (place === undefined) continue;
    if (place.copyOf !== null) {
      await to.secrets.send(new StopReplicationToReplicaCommand({ SecretId: id }));
      taken.push(name);
    }
    if (place.copyOf !== null || place.copies.length === 0) {
      await attempt(conversation, `${id} could not be copied to ${from.region}`, () => copy(prefix, to, id, from.region));
    }
    if (rotates && DATABASE_USERS.includes(name)) await rotateHere(conversation, prefix, to, id);
  }
  if (taken.length > 0) conversation.say(`${to.region} keeps the secrets: ${taken.join(', ')}`);
}

const isInSync = ({ copies }: { readonly copies: readonly { readonly region: string; readonly status: string }[] }, region: string): boolean =>
  copies.some((each) => each.region === region && each.status === 'InSync');

const copy = (prefix: string, aws: AwsClients, SecretId: string, Region: string) =>
  aws.secrets.send(new ReplicateSecretToRegionsCommand({
    SecretId,
    AddReplicaRegions: [{ Region, KmsKeyId: `alias/${prefix}-master` }],
    ForceOverwriteReplicaSecret: true,
  }));

async function arrival(aws: AwsClients, id: string, region: string, sleep: Conversation['sleep']): Promise<void> {
  for (let tries = 1; ; tries++) {
    const copies = (await placeOf(aws, id))?.copies.filter((each) => each.region === region) ?? [];
    if (isInSync({ copies }, region)) return;
    const last = copies.at(-1);
    if (last?.status === 'Failed' || tries === COPY_TRIES) {
      throw new Error(`the secret ${id} was not copied to ${region}: ${last?.message ?? 'nothing is known of it'}`);
    }
    await sleep(COPY_PAUSE_MS);
  }
}

/** The schedule stays with the region that kept the secret; the one that writes to the database has its own function for it. */
async function rotateHere(conversation: Conversation, prefix: string, to: AwsClients, SecretId: string): Promise<void> {
  const FunctionName = functionName(prefix, 'ops');
  await attempt(conversation, `${SecretId} is not rotated by ${FunctionName}`, () =>
    to.lambda.send(new GetFunctionConfigurationCommand({ FunctionName })).then(({ FunctionArn }) =>
      to.secrets.send(new RotateSecretCommand({
        SecretId,
        RotationLambdaARN: FunctionArn,
        RotationRules: { AutomaticallyAfterDays: ROTATION_DAYS },
        RotateImmediately: false,
      })),
    ),
  );
}

/** What the switch does not depend on is said, and left to the operator. */
async function attempt({ complain }: Conversation, otherwise: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    complain(`${otherwise}: ${(error as Error).name}`);
  }
}
