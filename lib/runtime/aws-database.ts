import { Kysely, PostgresDialect, type Dialect } from 'kysely';
import type { DataApiClient } from '../adapters/aws/data-api-client.ts';
import { DataApiDialect } from '../adapters/aws/data-api-dialect.ts';
import { announces, watchedDialect } from '../adapters/sql/watched-dialect.ts';
import type { SchedulerMarker } from '../core/ports/scheduler-marker.ts';
import type { Tables } from '../core/ports/tables.ts';
import { FUNCTIONS, type FunctionName } from '../core/shared/functions.ts';
import type { Secrets } from '../adapters/aws/secrets.ts';
import { onlyReads, type Admission } from './admission.ts';
import type { AwsBase } from './aws-base.ts';

/** How long the person at a page waits for a database that was asleep. */
const API_PATIENCE_MS = 20_000;
/** Kept back of a queue function's time, to hand its messages back in order. */
const QUEUE_RESERVE_MS = 10_000;
/** Long enough for a connection to a database that is awake: one is tried in any case. */
const LEAST_PATIENCE_MS = 3_000;

/** Where the service's runtime keeps Amazon's own authorities, which sign the certificates of its databases. Node knows none of them. */
const AUTHORITIES_FILE = '/var/runtime/ca-cert.pem';

/** How long a call that begins now may wait for a database that wakes up. */
export function patienceMs(base: Pick<AwsBase, 'config' | 'invocations'>): () => number {
  const consumes: readonly string[] = FUNCTIONS[base.config.functionName satisfies FunctionName].consumes;
  if (consumes.length > 0) return () => base.invocations.remainingMs(QUEUE_RESERVE_MS);
  return () => Math.min(API_PATIENCE_MS, base.invocations.remainingMs(1000));
}

interface DatabaseNeeds {
  readonly client: () => DataApiClient;
  readonly secrets: Secrets;
  readonly marker: Pick<SchedulerMarker, 'touch'>;
  readonly admission: Pick<Admission, 'passed'>;
}

/**
 * The database as this function reaches it. Before a statement that announces something, the scheduler is told to look: should the function
 * be ended between its commit and its sending, a database asleep would keep the message to itself. One that changes something waits until
 * the installation is known to be on.
 */
export function openAwsDatabase(base: AwsBase, needs: DatabaseNeeds): Kysely<Tables> {
  const { marker, admission } = needs;
  const before = (sql: string) => {
    if (onlyReads(sql)) return undefined;
    return announces(sql) ? Promise.all([admission.passed(), marker.touch()]) : admission.passed();
  };
  return new Kysely<Tables>({ dialect: watchedDialect(innerDialect(base, needs), before) });
}

function innerDialect(base: AwsBase, { client, secrets }: Pick<DatabaseNeeds, 'client' | 'secrets'>): Dialect {
  const { database } = base.config;
  if (database === null) throw new Error(`the function ${base.config.functionName} has no database`);
  if (database.access === 'direct') return new PostgresDialect({ pool: () => directPool(base, secrets, database.urlSecretArn) });
  const target = { resourceArn: database.clusterArn, secretArn: database.secretArn, database: database.name };
  const calls: DataApiClient = {
    executeStatement: (input) => client().executeStatement(input),
    batchExecuteStatement: (input) => client().batchExecuteStatement(input),
    beginTransaction: (input) => client().beginTransaction(input),
    commitTransaction: (input) => client().commitTransaction(input),
    rollbackTransaction: (input) => client().rollbackTransaction(input),
  };
  return new DataApiDialect({ client: calls, target, clock: base.clock, patienceMs: patienceMs(base) });
}

/** One connection a container: as many as there are may be open, and no more serve one call at a time. Its driver is read only where it is used. */
async function directPool(base: AwsBase, secrets: Secrets, arn: string) {
  const text = await secrets.text(arn);
  const { DATABASE_URL: url } = JSON.parse(text ?? '{}') as { readonly DATABASE_URL?: string };
  if (url === undefined) throw new Error('DATABASE_URL_SECRET_ARN: the secret holds no {"DATABASE_URL": "postgres://…"}');
  const patience = patienceMs(base);
  const { postgresPool } = await import('../adapters/sql/postgres-pool.ts');
  return postgresPool({
    url,
    max: 1,
    authoritiesFile: AUTHORITIES_FILE,
    patience: { ms: () => Math.max(LEAST_PATIENCE_MS, patience()), clock: base.clock },
    onError: (error) => base.telemetry.log('warn', 'a database connection broke', { error }),
  });
}
