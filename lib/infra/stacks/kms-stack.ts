import { Aws, Duration, type App } from 'aws-cdk-lib';
import { CfnReplicaKey, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { PolicyDocument, PolicyStatement, AccountRootPrincipal, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { InstallConfig } from '../../install/config.ts';
import { KEPT } from '../kept.ts';
import { PlatformStack } from '../platform-stack.ts';

/** The three keys. All are multi-Region, since a key made for one region can never become one of several. */
export class KmsStack extends PlatformStack {
  constructor(app: App, config: InstallConfig) {
    super(app, 'kms', config);
    const master = new Key(this, 'Master', {
      description: `${config.prefix}: storage, queues, database, logs and secrets`,
      alias: `alias/${config.prefix}-master`,
      enableKeyRotation: true,
      multiRegion: true,
      removalPolicy: KEPT,
      pendingWindow: Duration.days(30),
    });
    this.#admitServices(master);
    this.publish('kms', 'master-key-arn', master.keyArn);
    this.publish('kms', 'encryption-key-arn', this.#encryptionKey());
    this.publish('kms', 'signing-key-arn', this.#signingKey());
  }

  #admitServices(master: Key): void {
    // A rule sends to an encrypted queue in its own name, not with a role.
    master.addToResourcePolicy(new PolicyStatement({
      sid: 'SchedulesSendToQueues',
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }));
    master.addToResourcePolicy(new PolicyStatement({
      sid: 'LogGroups',
      principals: [new ServicePrincipal(`logs.${Aws.REGION}.amazonaws.com`)],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo', 'kms:GenerateDataKey', 'kms:DescribeKey'],
      resources: ['*'],
      conditions: {
        ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:/${this.config.prefix}/*` },
      },
    }));
    if (this.config.web.mode === 'cloudfront') {
      master.addToResourcePolicy(new PolicyStatement({
        sid: 'DistributionReadsInterface',
        principals: [new ServicePrincipal('cloudfront.amazonaws.com')],
        actions: ['kms:Decrypt'],
        resources: ['*'],
        conditions: { ArnLike: { 'aws:SourceArn': `arn:${Aws.PARTITION}:cloudfront::${Aws.ACCOUNT_ID}:distribution/*` } },
      }));
    }
  }

  #encryptionKey(): string {
    const primary = this.config.disasterRecovery?.encryptionPrimaryKeyArn;
    if (primary) return this.#replica('Encryption', primary);
    return new Key(this, 'Encryption', {
      description: `${this.config.prefix}: secrets of the application`,
      alias: `alias/${this.config.prefix}-encryption`,
      enableKeyRotation: true,
      multiRegion: true,
      removalPolicy: KEPT,
      pendingWindow: Duration.days(30),
    }).keyArn;
  }

  #signingKey(): string {
    const primary = this.config.disasterRecovery?.signingPrimaryKeyArn;
    if (primary) return this.#replica('Signing', primary);
    return new Key(this, 'Signing', {
      description: `${this.config.prefix}: signatures of tokens`,
      alias: `alias/${this.config.prefix}-signing`,
      keySpec: KeySpec.RSA_4096,
      keyUsage: KeyUsage.SIGN_VERIFY,
      multiRegion: true,
      removalPolicy: KEPT,
      pendingWindow: Duration.days(30),
    }).keyArn;
  }

  /** The standby region's copy: same key material and id, so that ciphertexts and sessions stay valid there. */
  #replica(id: string, primaryKeyArn: string): string {
    const replica = new CfnReplicaKey(this, id, {
      primaryKeyArn,
      pendingWindowInDays: 30,
      keyPolicy: new PolicyDocument({ statements: [new PolicyStatement({ principals: [new AccountRootPrincipal()], actions: ['kms:*'], resources: ['*'] })] }),
    });
    replica.applyRemovalPolicy(KEPT);
    return replica.attrArn;
  }
}
