import type { DatabaseConfig } from './config.ts';
import type { DocumentReader } from './document.ts';
import { arn } from './formats.ts';
import type { Context } from './read-config.ts';

/** Means that nobody chose: it is what files of the original say without being asked. */
const UNCHOSEN_CLASS = 'db.t4g.large';
const DEFAULT_VERSION = '16.11';

export function readDatabase(read: DocumentReader, context: Context): DatabaseConfig {
  const external = readExternal(read, context);
  const instanceClass = readClass(read);
  const minCapacity = read.number('min_capacity', 0, { least: 0, most: 256, step: 0.5 });
  const maxCapacity = read.number('max_capacity', 8, { least: 1, most: 256, step: 0.5 });
  const engineVersion = readVersion(read, context);
  const access = readAccess(read, context, external !== null, instanceClass);
  if (external === null) refuseOldVersion(read, engineVersion, { pauses: minCapacity === 0 && instanceClass === null, dataApi: access === 'data-api' });
  if (minCapacity > maxCapacity) read.fault('min_capacity', 'must not be above max_capacity');
  return {
    deletionProtection: read.bool('delete_protection_enabled', true),
    instanceClass,
    engineVersion,
    backupRetentionDays: read.number('backup_retention_period_days', 7, { least: 1, most: 35 }),
    clusterIdentifier: read.matching(
      'db_cluster_identifier',
      /^[A-Za-z][A-Za-z0-9-]{0,62}$/,
      'must be 1 to 63 letters, digits or "-", beginning with a letter',
    ),
    external,
    minCapacity,
    maxCapacity,
    autoPauseSeconds: read.number('auto_pause_seconds', 600, { least: 300, most: 86_400 }),
    access,
    readers: read.number('readers', 0, { least: 0, most: 2 }),
  };
}

function readClass(read: DocumentReader): string | null {
  const name = read.matching('instance_class', /^db\.[a-z0-9]+(\.[a-z0-9]+)?$/, 'is not an instance class such as db.r8g.large');
  return name === UNCHOSEN_CLASS || name === 'db.serverless' ? null : name;
}

function readVersion(read: DocumentReader, { options, warnings }: Context): string {
  const version = read.matching('postgres_engine_version', /^\d{2}\.\d{1,2}$/, 'is not a version such as 16.11') ?? DEFAULT_VERSION;
  const major = Number(version.split('.')[0]);
  if (major < 14) read.fault('postgres_engine_version', 'is too old: versions 14 to 16 are supported');
  if (major === 17) warnings.push('database.postgres_engine_version: 17 is accepted, but versions 14 to 16 are the supported ones');
  if (major >= 18 && !options.allowUnsupportedEngine) read.fault(
    'postgres_engine_version',
    'is not supported; --allow-unsupported-engine installs it nevertheless',
  );
  return version;
}

/** The first version of each major one that the service pauses, and the first that it serves by the Data API. */
const PAUSES_FROM: Readonly<Record<string, number>> = { 14: 12, 15: 7, 16: 3 };
const DATA_API_FROM: Readonly<Record<string, number>> = { 14: 8, 15: 3, 16: 1 };

/** What the service would refuse after minutes of deployment. */
function refuseOldVersion(read: DocumentReader, version: string, wants: { readonly pauses: boolean; readonly dataApi: boolean }): void {
  const [major = '', minor = ''] = version.split('.');
  const pausesFrom = PAUSES_FROM[major];
  const dataApiFrom = DATA_API_FROM[major];
  if (wants.pauses && pausesFrom !== undefined && Number(minor) < pausesFrom) read.fault(
    'postgres_engine_version',
    `does not pause, which min_capacity 0 asks for: take ${major}.${pausesFrom} or later, or set min_capacity to 0.5 or more`,
  );
  if (wants.dataApi && dataApiFrom !== undefined && Number(minor) < dataApiFrom) read.fault(
    'postgres_engine_version',
    `is not served by the Data API: take ${major}.${dataApiFrom} or later, or set access to direct`,
  );
}

/** A secret with the address of a database that the operator runs; the key's name says Systems Manager, but it is Secrets Manager. */
function readExternal(read: DocumentReader, { partition, region, prefix }: Context): DatabaseConfig['external'] {
  const secretArn = arn(read, 'connection_string_ssm_arn', {
    partition,
    service: 'secretsmanager',
    region,
    resource: /^secret:.+$/,
    like: `arn:${partition}:secretsmanager:${region}:123456789012:secret:…`,
  });
  const keyArn = arn(read, 'connection_string_ssm_kms_arn', {
    partition,
    service: 'kms',
    region,
    resource: /^key\/.+$/,
    like: `arn:${partition}:kms:${region}:123456789012:key/…`,
  });
  const given = read.isSet('connection_string_ssm_arn');
  if (given && !read.isSet('connection_string_ssm_kms_arn')) read.fault('connection_string_ssm_kms_arn', 'is required with connection_string_ssm_arn');
  if (!given && read.isSet('connection_string_ssm_kms_arn')) read.fault('connection_string_ssm_arn', 'is required with connection_string_ssm_kms_arn');
  if (secretArn === null || keyArn === null) return null;
  if (secretArn.includes(`:secret:${prefix}/database`)) read.fault(
    'connection_string_ssm_arn',
    'is the secret of the database that this installation made, which is deleted when another is used',
  );
  return { secretArn, keyArn };
}

/**
 * Regions that the service's page *Supported Regions and Aurora DB engines for RDS Data API* marked as without it for Aurora PostgreSQL in 2026. The
 * list is not complete, pages lag behind, and regions follow: so the file may say `data-api` here, and of any other region the checks before an
 * installation ask the region itself.
 */
const WITHOUT_DATA_API: ReadonlySet<string> = new Set(['ap-south-2', 'ap-southeast-4', 'ap-southeast-6']);

/** Through the Data API, unless something makes that impossible, or the region is not known to have it and nobody says otherwise. */
function readAccess(read: DocumentReader, { partition, region, warnings }: Context, external: boolean, instanceClass: string | null): DatabaseConfig['access'] {
  const asked = read.isSet('access') ? read.oneOf('access', ['data-api', 'direct'], 'data-api') : null;
  const reason = external
    ? 'a self-managed database'
    : instanceClass?.startsWith('db.t')
      ? `the class ${instanceClass}`
      : partition !== 'aws'
        ? `the partition ${partition}`
        : null;
  if (reason === null && asked === null && WITHOUT_DATA_API.has(region)) {
    warnings.push(`database.access: ${region} is not known to have the Data API, so functions stand in a network and connect by themselves; data-api means that it has it by now`);
    return 'direct';
  }
  if (reason === null) return asked ?? 'data-api';
  if (asked === 'data-api') read.fault('access', `the Data API does not serve ${reason}; set direct`);
  return 'direct';
}
