import { Fn } from 'aws-cdk-lib';
import { CfnDBCluster, CfnDBClusterParameterGroup, CfnDBInstance, CfnDBSubnetGroup } from 'aws-cdk-lib/aws-rds';
import type { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { InstallConfig } from '../install/config.ts';
import { accept } from './acknowledgements.ts';
import { DATABASE_NAME } from './database-secrets.ts';
import { KEPT } from './kept.ts';

export interface AuroraClusterProps {
  readonly config: InstallConfig;
  readonly identifier: string;
  readonly masterKeyArn: string;
  readonly masterSecret: CfnSecret;
  readonly subnetIds: string[];
  readonly groupId: string;
}

const PORT = 5432;
/** The primary of a global database cannot pause. */
const LEAST_OF_GLOBAL = 0.5;

/** Aurora PostgreSQL that pauses when nobody calls, reached through the Data API. */
export class AuroraCluster extends Construct {
  readonly cluster: CfnDBCluster;
  readonly instanceIds: readonly string[];

  constructor(scope: Construct, id: string, props: AuroraClusterProps) {
    super(scope, id);
    const { database } = props.config;
    const subnets = new CfnDBSubnetGroup(this, 'Subnets', {
      dbSubnetGroupDescription: `${props.identifier}: subnets that reach nowhere`,
      subnetIds: props.subnetIds,
    });
    this.cluster = new CfnDBCluster(this, 'Cluster', {
      dbClusterIdentifier: props.identifier,
      engine: 'aurora-postgresql',
      engineVersion: database.engineVersion,
      databaseName: DATABASE_NAME,
      masterUsername: this.#secretValue(props.masterSecret, 'username'),
      masterUserPassword: this.#secretValue(props.masterSecret, 'password'),
      dbSubnetGroupName: subnets.ref,
      vpcSecurityGroupIds: [props.groupId],
      port: PORT,
      dbClusterParameterGroupName: this.#parameters(database.engineVersion).ref,
      storageEncrypted: true,
      kmsKeyId: props.masterKeyArn,
      enableIamDatabaseAuthentication: true,
      enableHttpEndpoint: database.access === 'data-api',
      deletionProtection: database.deletionProtection,
      backupRetentionPeriod: database.backupRetentionDays,
      copyTagsToSnapshot: true,
      autoMinorVersionUpgrade: false,
      ...(database.instanceClass === null ? { serverlessV2ScalingConfiguration: this.#capacity(props.config) } : {}),
    });
    if (!database.deletionProtection) accept(this.cluster, 'RDS10');
    this.instanceIds = Array.from({ length: 1 + database.readers }, (_, index) => this.#instance(index, database.instanceClass ?? 'db.serverless'));
  }

  #secretValue = (secret: CfnSecret, key: string): string => Fn.join('', ['{{resolve:secretsmanager:', secret.ref, `:SecretString:${key}}}`]);

  #parameters(version: string): CfnDBClusterParameterGroup {
    const major = version.split('.')[0] ?? '';
    return new CfnDBClusterParameterGroup(this, `Parameters${major}`, {
      description: 'connections are encrypted',
      family: `aurora-postgresql${major}`,
      parameters: { 'rds.force_ssl': '1' },
    });
  }

  #capacity(config: InstallConfig): CfnDBCluster.ServerlessV2ScalingConfigurationProperty {
    const global = config.disasterRecovery !== null && config.disasterRecovery.database !== 'external';
    const { maxCapacity, autoPauseSeconds } = config.database;
    const minCapacity = global ? Math.max(LEAST_OF_GLOBAL, config.database.minCapacity) : config.database.minCapacity;
    return { minCapacity, maxCapacity, ...(minCapacity === 0 ? { secondsUntilAutoPause: autoPauseSeconds } : {}) };
  }

  #instance(index: number, dbInstanceClass: string): string {
    const instance = new CfnDBInstance(this, index === 0 ? 'Writer' : `Reader${index}`, {
      dbClusterIdentifier: this.cluster.ref,
      engine: 'aurora-postgresql',
      dbInstanceClass,
      caCertificateIdentifier: 'rds-ca-rsa2048-g1',
      autoMinorVersionUpgrade: false,
      promotionTier: index === 0 ? 0 : 1,
      publiclyAccessible: false,
    });
    instance.applyRemovalPolicy(KEPT);
    return instance.ref;
  }
}
