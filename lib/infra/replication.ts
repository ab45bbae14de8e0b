import { Role, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Bucket } from '../core/shared/buckets.ts';
import type { DisasterRecovery, ReplicatedBucket } from '../install/config.ts';
import { acceptWildcards } from './acknowledgements.ts';
import type { PlatformStack } from './platform-stack.ts';

/** Late copies of these lose the newest state or the log of a run: they arrive within 15 minutes, and it is measured. */
const TIMED: readonly Bucket[] = ['states', 'run-logs'];

/** Names of statements allow no dashes. */
const sidOf = (bucket: Bucket): string => bucket.replaceAll('-', '');

/** Copies objects to the other region's buckets; both installations do so, so that a switch works either way. */
export class Replication extends Construct {
  readonly #stack: PlatformStack;
  readonly #role: Role;
  readonly #target: NonNullable<DisasterRecovery['replication']>;
  readonly #region: string;

  constructor(stack: PlatformStack, id: string, key: IKey, recovery: DisasterRecovery) {
    super(stack, id);
    if (recovery.replication === null) throw new Error('replication is off');
    this.#stack = stack;
    this.#target = recovery.replication;
    this.#region = recovery.replicaRegion;
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('s3.amazonaws.com') });
    this.#role.addToPolicy(new PolicyStatement({ sid: 'ReadWhatIsEncryptedHere', actions: ['kms:Decrypt'], resources: [key.keyArn] }));
    this.#role.addToPolicy(new PolicyStatement({ sid: 'EncryptThere', actions: ['kms:Encrypt', 'kms:GenerateDataKey'], resources: [this.#target.keyArn] }));
  }

  /** The bucket's copy in the other region, or undefined where the bucket is not copied. */
  #copyOf(name: Bucket): string | undefined {
    // The file names five; the sixth follows from the naming of buckets.
    return name === 'documents' ? this.#stack.names.bucketArn('documents', this.#region) : this.#target.bucketArns[name as ReplicatedBucket];
  }

  covers(name: Bucket): boolean {
    return this.#copyOf(name) !== undefined;
  }

  addTo(name: Bucket, bucket: CfnBucket): void {
    const copy = this.#copyOf(name);
    if (copy === undefined) return;
    this.#role.addToPolicy(new PolicyStatement({ actions: ['s3:GetReplicationConfiguration', 's3:ListBucket'], resources: [bucket.attrArn] }));
    const copying = [
      new PolicyStatement({
        sid: `CopyFrom${sidOf(name)}`,
        actions: ['s3:GetObjectVersionForReplication', 's3:GetObjectVersionAcl', 's3:GetObjectVersionTagging'],
        resources: [`${bucket.attrArn}/*`],
      }),
      new PolicyStatement({ sid: `CopyTo${sidOf(name)}`, actions: ['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'], resources: [`${copy}/*`] }),
    ];
    acceptWildcards(this.#role, copying);
    for (const statement of copying) this.#role.addToPolicy(statement);
    const timed = TIMED.includes(name);
    bucket.replicationConfiguration = {
      role: this.#role.roleArn,
      rules: [{
        id: 'everything',
        status: 'Enabled',
        priority: 1,
        filter: {},
        deleteMarkerReplication: { status: 'Enabled' },
        sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: 'Enabled' }, replicaModifications: { status: 'Enabled' } },
        destination: {
          bucket: copy,
          encryptionConfiguration: { replicaKmsKeyId: this.#target.keyArn },
          metrics: timed ? { status: 'Enabled', eventThreshold: { minutes: 15 } } : { status: 'Enabled' },
          ...(timed ? { replicationTime: { status: 'Enabled', time: { minutes: 15 } } } : {}),
        },
      }],
    };
  }
}
