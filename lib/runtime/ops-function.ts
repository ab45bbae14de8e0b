import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { Kysely } from 'kysely';
import * as z from 'zod/mini';
import { kmsClient } from '../adapters/aws/clients/kms.ts';
import { s3Client } from '../adapters/aws/clients/s3.ts';
import { secretsManagerClient } from '../adapters/aws/clients/secrets-manager.ts';
import { fetchPublicKey } from '../adapters/aws/kms-signer.ts';
import { loadInstallation, proveWriter } from '../adapters/sql/installation-store.ts';
import { migrate, readMigrations } from '../adapters/sql/migrate.ts';
import { noteSigningKey } from '../adapters/sql/signing-keys-store.ts';
import { ensureAccount } from '../core/accounts/actions/ensure-account.ts';
import { renameAccount } from '../core/accounts/actions/rename-account.ts';
import { ensureNamedAdministrator } from '../core/accounts/actions/ensure-administrator.ts';
import { storeIdentityProvider } from '../core/accounts/actions/store-identity-provider.ts';
import { excuseDowntime } from '../core/workers/actions/sweep-workers.ts';
import { beginEpoch } from '../core/operations/actions/begin-epoch.ts';
import { systemActor } from '../core/shared/actor.ts';
import { invalid, isAppError } from '../core/shared/errors.ts';
import type { AwsApp } from './aws.ts';
import { answerCustomResource, isCustomResourceEvent, type CustomResourceEvent } from './custom-resource.ts';
import { ensureDatabaseUser, isRotation, mendOwner, parseUser, rotate } from './database-users.ts';
import { thaw } from './invocation.ts';
import { checkProvider, ProviderSettings } from './identity-provider.ts';
import { REPLICATION_RESOURCE, settleReplication } from './replication-resource.ts';
import { PARAMETER_ELSEWHERE, readElsewhere } from './parameter-elsewhere.ts';
import { VERSION } from './version.ts';

const PHYSICAL_ID = 'migrations';
/** How long a statement of each lesser user may run: an API call is answered within 29 s, a queue's function within 100 s. */
const USERS = [{ suffix: 'api', statementSeconds: 25 }, { suffix: 'drain', statementSeconds: 120 }] as const;
const KEY_TYPE = 'kms:';

/** What an operator or the installer asks the function for. */
export type OpsRequest =
  /** Brings the schema up to date, then the account and its administrator. */
  | { readonly do: 'migrate' }
  /** Stores who signs people in, as the secret says; unless `replace`, one that is stored already stays. */
  | { readonly do: 'store-identity-provider'; readonly replace?: boolean }
  /** Gives the administrator of the secret that password; without one nobody signs in by password. */
  | { readonly do: 'ensure-administrator' }
  /** Gives the account the name that this function's environment has. */
  | { readonly do: 'rename-account' }
  /** Writes, and changes nothing: whether this region's database is the one that takes it. */
  | { readonly do: 'prove-writer' }
  /** Has the product go on here after a failover, in an epoch later than `after`; before anything of this region is started. */
  | { readonly do: 'begin-epoch'; readonly failover: string; readonly after: number }
  /** Does not hold against workers that nobody could hear them while the installation was stopped. */
  | { readonly do: 'excuse-downtime' }
  | { readonly do: 'status' };

export type OpsAnswer = { readonly done: Readonly<Record<string, unknown>> } | { readonly error: { readonly code: string; readonly message: string } };

/** The function for operators: it alone may change the schema, and owns the database. */
export function opsFunction(app: AwsApp, migrationsFolder: string) {
  const { ports, config, secrets, telemetry } = app;
  const db = ports.db.sql as unknown as Kysely<never>;

  const rotationNeeds = () => ({ client: secretsManagerClient, db, ownerSecretId: config.database?.access === 'data-api' ? config.database.secretArn : '' });

  async function update() {
    if (config.database?.access === 'data-api') await mendOwner(rotationNeeds());
    const applied = await migrate(db, await readMigrations(migrationsFolder), ports.clock.now());
    const users = await ensureUsers();
    await checkKeys();
    await noteKey();
    const account = await ensureAccount(ports, { name: config.accountName });
    if (account !== config.accountName) telemetry.log('warn', 'the account has another name until it is renamed', { account, wanted: config.accountName });
    const administrator = await ensureAdmin();
    telemetry.log('info', 'installation brought up to date', { migrations: applied.length, users, administrator });
    return { version: VERSION, applied, users, administrator };
  }

  /** The other functions' users, where the database is ours. */
  async function ensureUsers(): Promise<number> {
    const arn = config.database?.access === 'data-api' ? config.database.secretArn : (config.database?.urlSecretArn ?? '');
    const own = /^(.*\/database)(?:-url)?-[A-Za-z0-9]{6}$/.exec(arn)?.[1];
    if (own === undefined) return 0;
    for (const { suffix, statementSeconds } of USERS) {
      // Without the characters that the service puts at the end of names.
      await ensureDatabaseUser(db, parseUser(await secrets.fresh(`${own}-${suffix}`)), statementSeconds);
    }
    return USERS.length;
  }

  /** What was encrypted under one kind of key cannot be read with another. */
  async function checkKeys(): Promise<void> {
    const { keyFingerprint } = await loadInstallation(ports.db.sql, { keyFingerprint: `${KEY_TYPE}${config.encryptionKeyId ?? ''}`, wrapNewKey: () => '', now: ports.clock.now() });
    if (!keyFingerprint.startsWith(KEY_TYPE)) throw invalid('this database was set up on one machine, with a key of its own (ENCRYPTION_TYPE=rsa): its secrets cannot be read here');
  }

  /** What the key before signed stays good for a day. */
  async function noteKey(): Promise<void> {
    if (config.signingKeyId === null) return;
    const { key, kid } = await fetchPublicKey(kmsClient, config.signingKeyId);
    await noteSigningKey(ports.db.sql, { id: kid, publicKey: key.export({ type: 'spki', format: 'pem' }).toString() }, ports.clock.now());
  }

  /** The administrator of the secret; without one nobody signs in by password. */
  async function ensureAdmin(): Promise<string | null> {
    const text = config.secrets.admin === null ? undefined : await secrets.fresh(config.secrets.admin);
    const { username, password } = administratorOf(text ?? '{}');
    await ensureNamedAdministrator(ports, { username, password });
    return username ?? null;
  }

  async function storeProvider(replace: boolean) {
    const text = config.secrets.sso === null ? undefined : await secrets.fresh(config.secrets.sso);
    if (text === undefined) return { identityProvider: 'none' };
    const settings = ProviderSettings.safeParse(parsed(text));
    if (!settings.success) throw invalid('the secret of the identity provider has an unknown shape');
    const { type, ...rest } = settings.data;
    return { identityProvider: await storeIdentityProvider(ports, systemActor('operations'), { type, settings: rest, replace, check: () => checkProvider(settings.data) }) };
  }

  /** The marker of the scheduler is not copied: what this region's own one says is of another time. */
  async function takeOver({ failover, after }: { readonly failover: string; readonly after: number }) {
    const begun = await beginEpoch(ports, { failover, after, region: config.region });
    await app.scheduler.marker.touch();
    telemetry.log('warn', 'this region takes over', { failover, ...begun });
    return begun;
  }

  async function perform(request: OpsRequest): Promise<Readonly<Record<string, unknown>>> {
    switch (request.do) {
      case 'migrate': return update();
      case 'store-identity-provider': return storeProvider(request.replace ?? false);
      case 'ensure-administrator': return { administrator: await ensureAdmin() };
      case 'rename-account': return { before: await renameAccount(ports, systemActor('operations'), { name: config.accountName }), after: config.accountName };
      case 'prove-writer': return { writes: await proveWriter(ports.db.sql) };
      case 'begin-epoch': return { ...(await takeOver(request)) };
      case 'excuse-downtime': return { excused: await excuseDowntime(ports) };
      case 'status': return { version: VERSION, mode: (await app.mode.isOff()) ? 'off' : 'on' };
      default: throw invalid(`the operations function knows no ${JSON.stringify((request as { readonly do?: unknown }).do)}`);
    }
  }

  /** What a deployment asks for: copies of objects, a value of another region, or the schema, which it never takes away. */
  function deployed(event: CustomResourceEvent): Promise<void> {
    if (event.ResourceType === REPLICATION_RESOURCE) {
      const calls = { client: s3Client, sleep: (ms: number) => ports.clock.sleep(ms) };
      return answerCustomResource(event, 'replication', telemetry, () => settleReplication(calls, event));
    }
    if (event.ResourceType === PARAMETER_ELSEWHERE) {
      return answerCustomResource(event, 'parameter', telemetry, () => readElsewhere(app.environment, event), (value) => ({ Value: String(value) }));
    }
    return answerCustomResource(event, PHYSICAL_ID, telemetry, async () => (event.RequestType === 'Delete' ? undefined : update()));
  }

  return middy<unknown, unknown>().handler(async (event: unknown, context: Context): Promise<unknown> => {
    app.invocations.begin(context);
    await thaw();
    if (isCustomResourceEvent(event)) return deployed(event);
    if (isRotation(event)) return rotate(rotationNeeds(), event);
    try {
      const done = await perform(event as OpsRequest);
      await app.finish();
      return { done } satisfies OpsAnswer;
    } catch (error) {
      // As a value: what a function throws arrives as a text.
      if (isAppError(error)) return { error: { code: error.code, message: error.message } } satisfies OpsAnswer;
      throw error;
    }
  });
}

const Administrator = z.object({ username: z.optional(z.string()), password: z.optional(z.string()) });

/** The parser's own words would repeat what the secret holds. */
function administratorOf(text: string): z.infer<typeof Administrator> {
  const read = Administrator.safeParse(parsed(text));
  if (!read.success) throw invalid('the secret of the administrator has an unknown shape: it holds {"username": "…", "password": "…"}, or nothing');
  return read.data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
