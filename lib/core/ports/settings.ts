import type { PolicyType } from './policy-engine.ts';

/** Settings of the installation that product rules depend on; read once from the environment by `lib/runtime/config.ts`. */
export interface Settings {
  readonly accountName: string;
  /** No trailing slash; `aud` and `iss` of tokens, prefix of links. */
  readonly baseUrl: string;
  readonly version: string;
  /** Plain `http://` and `file://` repositories are allowed only while listening on loopback. */
  readonly allowLocalRepositories: boolean;
  /** A semver range of Terraform versions beyond the last open-source one, by the operator's choice. */
  readonly terraformAllowedVersions: string | null;
  /** Addresses of the lists of releases that tools' publishers keep; null or absent where none is fetched. */
  readonly toolLists?: Readonly<Record<'TERRAFORM_FOSS' | 'OPEN_TOFU', string>> | null;
  /** Where a report of each day's usage goes; null or absent where none is sent. */
  readonly usageEndpoint?: string | null;
  /** What workers are told about the broker; overrides the token's. */
  readonly broker: BrokerAddress;
  /** The same broker for workers beside the server, which need not know its public name. */
  readonly localBroker?: BrokerAddress;
  /** How long a worker waits between two uploads of log lines. */
  readonly logIntervalMs: number;
  /** PEM texts of authorities beside the well-known ones, for workers to trust as the server does. */
  readonly rootCertificates: readonly string[];
  readonly defaultRunnerImage: string;
  /** Absent: the defaults of the types. */
  readonly policyLimits?: PolicyLimits;
}

/** How long policies may take. */
export interface PolicyLimits {
  readonly deadlineMs: Readonly<Record<PolicyType, number>>;
  /** All policies of one event together. */
  readonly combinedMs: number;
}

export interface BrokerAddress {
  readonly type: 'builtin' | 'iotcore';
  readonly endpoint: string;
  readonly port: number;
  readonly tls: boolean;
  readonly alpn: string | null;
  readonly namespace: string;
  readonly ca: string | null;
}
