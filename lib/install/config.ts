import type { Bucket } from '../core/shared/buckets.ts';
import type { PolicyTimeout } from '../core/shared/policy-timeouts.ts';

export type Partition = 'aws' | 'aws-us-gov';
export type LicenseType = 'aws' | 'jwt' | 'none';

/** An installation as `config.json` asks for it, defaults applied. Holds no secret: those are in `InstallSecrets`, which infrastructure never sees. */
export interface InstallConfig {
  readonly accountName: string;
  readonly region: string;
  readonly partition: Partition;
  /** Begins the name of every stack and of every named resource. */
  readonly prefix: string;
  readonly hostname: string;
  readonly webhooksEndpoint: string | null;
  readonly iotBrokerEndpoint: string | null;
  readonly servicesDisabled: boolean;
  readonly tracing: boolean;
  readonly usage: { readonly report: boolean; readonly endpoint: string | null };
  readonly tags: readonly ResourceTag[];
  readonly permissionsBoundaryArn: string | null;
  readonly api: ApiConfig;
  readonly database: DatabaseConfig;
  readonly sso: SsoConfig | null;
  readonly adminUsername: string | null;
  readonly slackEnabled: boolean;
  readonly alertTopicArn: string | null;
  /** Days until objects expire, for each bucket whose objects do. */
  readonly expiryDays: ExpiryDays;
  readonly network: NetworkConfig;
  readonly proxy: { readonly http: string | null; readonly https: string | null; readonly no: readonly string[] } | null;
  /** PEM. */
  readonly caCertificates: readonly string[];
  readonly disasterRecovery: DisasterRecovery | null;
  readonly drainCount: number | null;
  readonly license: LicenseConfig;
  readonly web: { readonly mode: 'gateway' | 'cloudfront'; readonly certificateArn: string | null };
  readonly dns: { readonly hostedZoneId: string | null; readonly iotCertificateArn: string | null };
  readonly telemetry: { readonly vendor: 'AWS' | 'OpenTelemetry' | 'Disabled'; readonly otlpEndpoint: string | null };
  /** Private networks and hosts that webhooks may reach. */
  readonly outbound: { readonly allowedCidrs: readonly string[]; readonly allowedHosts: readonly string[] };
  readonly iotPresenceEvents: boolean;
  /** How long policies may take, as durations such as `30s`; what is not here keeps its default. */
  readonly policyTimeouts: Readonly<Partial<Record<PolicyTimeout, string>>>;
  /** A range of Terraform versions to offer beyond the last open-source one. */
  readonly terraformAllowedVersions: string | null;
  /** Where lists of releases are fetched: `publishers`, `off`, or the address of a mirror. */
  readonly toolVersionsFrom: string;
}

export interface ResourceTag {
  readonly key: string;
  readonly value: string;
}

export type ExpiringBucket = Exclude<Bucket, 'modules' | 'states' | 'documents' | 'downloads'> | 'access-logs';
export type ExpiryDays = Readonly<Record<ExpiringBucket, number>>;

export interface ApiConfig {
  readonly certificateArn: string;
  readonly internal: boolean;
  /** Security policy of the custom domain, in API Gateway's names. */
  readonly securityPolicy: string;
  readonly subnetPlacement: 'public' | 'private' | null;
  readonly tag: ResourceTag | null;
  readonly waf: boolean;
  readonly allowedCidrs: readonly string[];
  /** `s3://bucket/key` of the authorities that clients' certificates come from. */
  readonly mutualTlsTruststore: string | null;
}

export interface DatabaseConfig {
  readonly deletionProtection: boolean;
  /** A provisioned class, or null for Serverless v2. */
  readonly instanceClass: string | null;
  readonly engineVersion: string;
  readonly backupRetentionDays: number;
  readonly clusterIdentifier: string | null;
  /** A database that the operator runs: where its address is kept, and the key of that secret. */
  readonly external: { readonly secretArn: string; readonly keyArn: string } | null;
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly autoPauseSeconds: number;
  readonly access: 'data-api' | 'direct';
  readonly readers: number;
}

export interface SsoConfig {
  readonly adminLogin: string;
  readonly type: 'OIDC' | 'SAML';
  readonly updateOnInstall: boolean;
  readonly oidc: { readonly clientId: string; readonly providerHost: string } | null;
  readonly saml: { readonly dynamic: boolean; readonly metadata: string; readonly nameIdFormat: 'TRANSIENT' | 'EMAIL_ADDRESS' | 'PERMANENT' } | null;
}

/** Where functions stand: outside any network, in one that the installation makes, or in the operator's. */
export type NetworkConfig =
  | { readonly mode: 'none' }
  | { readonly mode: 'managed' }
  | {
      readonly mode: 'custom';
      readonly vpcId: string;
      readonly privateSubnetIds: readonly string[];
      /** Only the entrance of an internal API may stand there. */
      readonly publicSubnetIds: readonly string[];
      readonly zones: readonly string[];
      readonly groups: SecurityGroups;
    };

export interface SecurityGroups {
  readonly server: string;
  readonly drain: string;
  readonly scheduler: string | null;
  readonly operations: string;
  readonly database: string;
  readonly endpoint: string | null;
}

export const REPLICATED_BUCKETS = ['states', 'run-logs', 'modules', 'policy-inputs', 'workspace'] as const satisfies readonly Bucket[];
export type ReplicatedBucket = (typeof REPLICATED_BUCKETS)[number];

export interface DisasterRecovery {
  readonly isStandby: boolean;
  readonly replicaRegion: string;
  readonly encryptionPrimaryKeyArn: string | null;
  readonly signingPrimaryKeyArn: string | null;
  readonly database: 'warm' | 'headless' | 'external';
  readonly globalClusterIdentifier: string | null;
  readonly replication: { readonly keyArn: string; readonly bucketArns: Readonly<Record<ReplicatedBucket, string>> } | null;
}

export interface LicenseConfig {
  readonly type: LicenseType;
  readonly productSku: string | null;
  readonly keyFingerprint: string | null;
  readonly entitlements: readonly string[];
}

/** What the file holds that only Secrets Manager may keep. */
export interface InstallSecrets {
  readonly adminPassword: string | null;
  readonly oidcClientSecret: string | null;
  readonly slack: { readonly clientId: string; readonly clientSecret: string; readonly signingSecret: string } | null;
  readonly licenseToken: string | null;
  /** What git hosts ask for, by the beginnings of addresses that it is for. */
  readonly gitCredentials: GitCredentials | null;
}

export type GitCredentials = Readonly<Record<string, { readonly username: string; readonly password: string }>>;

/** Whether functions reach the services by endpoints of a network of ours that has no way out. */
export const hasPrivateEndpoints = (config: InstallConfig): boolean => config.network.mode === 'managed' && config.api.internal;

/** Whether functions run inside a network. */
export const insideNetwork = (config: InstallConfig): boolean => config.network.mode !== 'none';

/** Whether this region makes the distribution. A host has one, whichever region serves behind it: the first region's. */
export const hasDistribution = ({ web, disasterRecovery }: Pick<InstallConfig, 'web' | 'disasterRecovery'>): boolean =>
  web.mode === 'cloudfront' && disasterRecovery?.isStandby !== true;

/** Whether rules stand in front of a distribution; they are a stack in a region of their own. */
export const hasEdgeAcl = (config: Pick<InstallConfig, 'web' | 'api' | 'disasterRecovery'>): boolean => hasDistribution(config) && config.api.waf;
