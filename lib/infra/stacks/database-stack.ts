import { ArnFormat, Fn, type App } from 'aws-cdk-lib';
import type { InstallConfig } from '../../install/config.ts';
import { AuroraCluster } from '../aurora-cluster.ts';
import { KEPT } from '../kept.ts';
import { PlatformStack } from '../platform-stack.ts';
import { databaseSecrets } from '../database-secrets.ts';

/** The cluster and the secrets of its users. In a standby region commands make the cluster, since they also change roles of regions. */
export class DatabaseStack extends PlatformStack {
  constructor(app: App, config: InstallConfig) {
    super(app, 'database', config);
    this.publish('database', 'cluster-identifier', this.names.cluster);
    if (config.disasterRecovery?.isStandby) {
      this.publish(
        'database',
        'cluster-arn',
        this.formatArn({ service: 'rds', resource: 'cluster', resourceName: this.names.cluster, arnFormat: ArnFormat.COLON_RESOURCE_NAME }),
      );
      return;
    }
    const masterKeyArn = this.read('kms', 'master-key-arn');
    const secrets = databaseSecrets(this, masterKeyArn);
    const network = config.network.mode === 'custom'
      ? { subnetIds: [...config.network.privateSubnetIds], groupId: config.network.groups.database }
      : { subnetIds: Fn.split(',', this.read('network', 'database-subnets'), 2), groupId: this.read('network', 'database-group') };
    const aurora = new AuroraCluster(this, 'Aurora', { config, identifier: this.names.cluster, masterKeyArn, masterSecret: secrets.master, ...network });
    aurora.cluster.applyRemovalPolicy(KEPT);
    this.publish('database', 'cluster-arn', aurora.cluster.attrDbClusterArn);
    this.publish('database', 'instance-identifiers', aurora.instanceIds.join(','));
    if (config.database.access === 'direct') secrets.publishAddresses(aurora.cluster.attrEndpointAddress);
  }
}
