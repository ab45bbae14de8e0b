import { CustomResource } from 'aws-cdk-lib';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { BUCKET_NAMES, type Bucket } from '../core/shared/buckets.ts';
import type { DisasterRecovery, InstallConfig, ReplicatedBucket } from '../install/config.ts';
import { acceptWildcards } from './acknowledgements.ts';
import type { Names } from './names.ts';
import type { PlatformStack } from './platform-stack.ts';

/** Late copies of these lose the newest state or the log of a run: they arrive within 15 minutes, and it is measured. */
export const TIMED_COPIES: readonly Bucket[] = ['states', 'run-logs'];

/** Names of statements allow no dashes. */
const sidOf = (bucket: Bucket): string => bucket.replaceAll('-', '');

/** A bucket and its copy in the other region. */
export interface CopiedBucket {
  readonly bucket: Bucket;
  readonly copyArn: string;
}

function copyOf(recovery: DisasterRecovery, names: Names, bucket: Bucket): string | undefined {
  // The file names five; the sixth follows from the naming of buckets.
  return bucket === 'documents' ? names.bucketArn('documents', recovery.replicaRegion) : recovery.replication?.bucketArns[bucket as ReplicatedBucket];
}

/** The buckets whose objects are copied to the other region; none without replication. */
export function copiedBuckets({ disasterRecovery }: Pick<InstallConfig, 'disasterRecovery'>, names: Names): readonly CopiedBucket[] {
  if (!disasterRecovery?.replication) return [];
  return BUCKET_NAMES.flatMap((bucket) => {
    const copyArn = copyOf(disasterRecovery, names, bucket);
    return copyArn === undefined ? [] : [{ bucket, copyArn }];
  });
}

/**
 * Copies objects to the other region's buckets; both installations do so, so that a switch works either way. The rules are a property of
 * buckets that outlive this stack: the operations function sets them, and takes them away with the stack.
 */
export class Replication extends Construct {
  constructor(stack: PlatformStack, id: string) {
    super(stack, id);
    const keyArn = stack.config.disasterRecovery?.replication?.keyArn;
    if (keyArn === undefined) throw new Error('replication is off');
    const copies = copiedBuckets(stack.config, stack.names);
    const role = new Role(this, 'Role', { roleName: stack.names.replicationRole, assumedBy: new ServicePrincipal('s3.amazonaws.com') });
    const rights = this.#rights(stack, role, copies, keyArn);
    const rules = new CustomResource(this, 'Rules', {
      serviceToken: stack.names.functionArn('ops'),
      resourceType: 'Custom::Replication',
      properties: {
        Role: role.roleArn,
        KeyArn: keyArn,
        Buckets: copies.map(({ bucket, copyArn }) => ({ Name: stack.names.bucket(bucket), Copy: copyArn, Timed: TIMED_COPIES.includes(bucket) })),
      },
    });
    rules.node.addDependency(rights);
    this.#olderObjects(stack, copies);
  }

  /** The role of jobs for what is older than the rules: they have the rules' own role copy it, and write down what it could not. */
  #olderObjects(stack: PlatformStack, copies: readonly CopiedBucket[]): void {
    const role = new Role(this, 'CopyingRole', { roleName: stack.names.copyingRole, assumedBy: new ServicePrincipal('batchoperations.s3.amazonaws.com') });
    const buckets = copies.map(({ bucket }) => stack.names.bucketArn(bucket));
    const statements = [
      new PolicyStatement({ sid: 'CopyAgain', actions: ['s3:InitiateReplication'], resources: buckets.map((arn) => `${arn}/*`) }),
      new PolicyStatement({ sid: 'ListWhatIsThere', actions: ['s3:GetReplicationConfiguration', 's3:PutInventoryConfiguration'], resources: buckets }),
      new PolicyStatement({ sid: 'WriteReports', actions: ['s3:PutObject'], resources: [`${stack.names.bucketArn('metadata')}/copying/*`] }),
      new PolicyStatement({ sid: 'EncryptReports', actions: ['kms:GenerateDataKey', 'kms:Decrypt'], resources: [stack.read('kms', 'master-key-arn')] }),
    ];
    acceptWildcards(new Policy(this, 'CopyingRights', { policyName: 'copying', roles: [role], statements }), statements);
  }

  #rights(stack: PlatformStack, role: Role, copies: readonly CopiedBucket[], keyArn: string): Policy {
    const arn = (bucket: Bucket): string => stack.names.bucketArn(bucket);
    const copying = copies.flatMap(({ bucket, copyArn }) => [
      new PolicyStatement({
        sid: `CopyFrom${sidOf(bucket)}`,
        actions: ['s3:GetObjectVersionForReplication', 's3:GetObjectVersionAcl', 's3:GetObjectVersionTagging'],
        resources: [`${arn(bucket)}/*`],
      }),
      new PolicyStatement({
        sid: `CopyTo${sidOf(bucket)}`,
        actions: ['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'],
        resources: [`${copyArn}/*`],
      }),
    ]);
    const policy = new Policy(this, 'Rights', {
      policyName: 'replication',
      roles: [role],
      statements: [
        new PolicyStatement({ sid: 'ReadWhatIsEncryptedHere', actions: ['kms:Decrypt'], resources: [stack.read('kms', 'master-key-arn')] }),
        new PolicyStatement({ sid: 'EncryptThere', actions: ['kms:Encrypt', 'kms:GenerateDataKey'], resources: [keyArn] }),
        new PolicyStatement({
          sid: 'LookAtBuckets',
          actions: ['s3:GetReplicationConfiguration', 's3:ListBucket'],
          resources: copies.map(({ bucket }) => arn(bucket)),
        }),
        ...copying,
      ],
    });
    acceptWildcards(policy, copying);
    return policy;
  }
}
