import { randomBytes } from 'node:crypto';
import { DescribeSecretCommand, GetSecretValueCommand, PutSecretValueCommand, UpdateSecretVersionStageCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { sql, type Kysely } from 'kysely';
import { isServiceError } from '../adapters/aws/service-errors.ts';
import { invalid } from '../core/shared/errors.ts';

/** A user of the database, as its secret says. */
export interface DatabaseUser {
  readonly username: string;
  readonly password: string;
}

const PASSWORD_BYTES = 30;
/** Names and passwords that need no quoting: statements about users take no parameters. */
const SAFE = /^[A-Za-z0-9_-]{1,63}$/;

export function parseUser(text: string | undefined): DatabaseUser {
  const { username = '', password = '' } = JSON.parse(text ?? '{}') as Partial<DatabaseUser>;
  if (!SAFE.test(username) || !SAFE.test(password)) throw invalid('the secret of a database user holds no username and password of letters and digits');
  return { username, password };
}

/** Makes a lesser user, or brings it up to date: it reads and writes all tables, and no statement of it runs longer than this. */
export async function ensureDatabaseUser(db: Kysely<never>, user: DatabaseUser, statementSeconds: number): Promise<void> {
  const name = sql.id(user.username);
  const { rows } = await sql`select 1 from pg_roles where rolname = ${user.username}`.execute(db);
  await sql`${sql.raw(rows.length === 0 ? 'create' : 'alter')} role ${name} login password ${sql.lit(user.password)}`.execute(db);
  await sql`alter role ${name} set statement_timeout = ${sql.lit(`${statementSeconds}s`)}`.execute(db);
  await sql`grant usage on schema public to ${name}`.execute(db);
  await sql`grant select, insert, update, delete on all tables in schema public to ${name}`.execute(db);
  await sql`grant usage, select on all sequences in schema public to ${name}`.execute(db);
  await sql`alter default privileges in schema public grant select, insert, update, delete on tables to ${name}`.execute(db);
  await sql`alter default privileges in schema public grant usage, select on sequences to ${name}`.execute(db);
}

/** One step of a rotation, as Secrets Manager asks for them in turn; each may be asked for again. */
export interface RotationEvent {
  readonly Step: 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret';
  readonly SecretId: string;
  readonly ClientRequestToken: string;
}

export const isRotation = (event: unknown): event is RotationEvent => typeof event === 'object' && event !== null && 'Step' in event && 'SecretId' in event && 'ClientRequestToken' in event;

export interface RotationNeeds {
  readonly client: () => SecretsManagerClient;
  /** As the user that owns the database. */
  readonly db: Kysely<never>;
  /** Where that user's password is, of which each statement is signed in with the one in force. */
  readonly ownerSecretId: string;
}

const WRONG_PASSWORD = new Set(['28P01', '28000']);

async function signsIn(db: Kysely<never>): Promise<boolean> {
  try {
    await sql`select 1`.execute(db);
    return true;
  } catch (error) {
    if (WRONG_PASSWORD.has((error as { readonly code?: string }).code ?? '')) return false;
    throw error;
  }
}

/** Which versions of a secret are in force and about to be, and how another comes into force. */
async function versionsOf(client: () => SecretsManagerClient, SecretId: string) {
  const { VersionIdsToStages: versions = {} } = await client().send(new DescribeSecretCommand({ SecretId }));
  const versionAt = (stage: string) => Object.entries(versions).find(([, stages]) => stages.includes(stage))?.[0];
  const enforce = async (version: string, instead: string | undefined) => {
    const from = instead === undefined ? {} : { RemoveFromVersionId: instead };
    await client().send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: version, ...from }));
  };
  return { current: versionAt('AWSCURRENT'), pending: versionAt('AWSPENDING'), enforce };
}

/**
 * Lets the owner in again. A rotation that was cut after the database took the new password and before the secret did leaves the owner
 * signing in with the old one: then the pending one is in force. If it is not, everything is as it was.
 */
export async function mendOwner({ client, db, ownerSecretId }: RotationNeeds): Promise<void> {
  if (await signsIn(db)) return;
  const { current, pending, enforce } = await versionsOf(client, ownerSecretId);
  if (pending !== undefined && current !== undefined && pending !== current) {
    await enforce(pending, current);
    if (await signsIn(db)) return;
    await enforce(current, pending);
  }
  throw invalid(`the database refuses the password of the secret ${ownerSecretId}: set it in the database, or store the right one`);
}

/**
 * Changes the password of a database user. The new one is kept first; it is set at the last moment before it becomes the one in force, since
 * the service that signs functions in uses only that one.
 */
export async function rotate(needs: RotationNeeds, { Step, SecretId, ClientRequestToken }: RotationEvent): Promise<void> {
  const { client, db } = needs;
  // Each step may be the first after one that was cut.
  if (Step !== 'createSecret') await mendOwner(needs);
  const value = async (stage: 'AWSCURRENT' | 'AWSPENDING', version?: string) =>
    (await client().send(new GetSecretValueCommand({ SecretId, VersionStage: stage, ...(version === undefined ? {} : { VersionId: version }) }))).SecretString;
  const pending = async () => parseUser(await value('AWSPENDING', ClientRequestToken));

  switch (Step) {
    case 'createSecret': {
      const there = await pending().then(() => true, (error: unknown) => {
        if (isServiceError(error, 'ResourceNotFoundException')) return false;
        throw error;
      });
      if (there) return;
      const text = (await value('AWSCURRENT')) ?? '{}';
      const renewed = { ...(JSON.parse(text) as object), username: parseUser(text).username, password: randomBytes(PASSWORD_BYTES).toString('base64url').replace(/^-/, 'x') };
      await client().send(new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString: JSON.stringify(renewed), VersionStages: ['AWSPENDING'] }));
      return;
    }
    case 'setSecret':
    case 'testSecret': {
      const { rows } = await sql`select 1 from pg_roles where rolname = ${(await pending()).username}`.execute(db);
      if (rows.length === 0) throw invalid(`the database has no user of the secret ${SecretId}`);
      return;
    }
    case 'finishSecret': {
      const { current, enforce } = await versionsOf(client, SecretId);
      if (current === ClientRequestToken) return;
      const user = await pending();
      await sql`alter role ${sql.id(user.username)} password ${sql.lit(user.password)}`.execute(db);
      await enforce(ClientRequestToken, current);
    }
  }
}
