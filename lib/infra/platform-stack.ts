import { PermissionsBoundary, Stack, type App } from 'aws-cdk-lib';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { InstallConfig } from '../install/config.ts';
import { Names } from './names.ts';

export type StackId = 'kms' | 'storage' | 'network' | 'database' | 'messaging' | 'license' | 'api' | 'drain' | 'edge' | 'web' | 'monitoring' | 'dr';

/** What the stacks publish for one another. Parameters rather than exports: an export locks the stack it leaves. */
export interface Published {
  readonly kms: 'master-key-arn' | 'encryption-key-arn' | 'signing-key-arn';
  readonly storage: `bucket-${string}` | `secret-${string}`;
  readonly network:
    | 'vpc-id' | 'database-subnets' | 'function-subnets' | 'api-endpoint' | 'iot-endpoint-name' | 'iot-endpoint-zone'
    | `${'database' | 'server' | 'drain' | 'scheduler' | 'operations'}-group`;
  readonly database: 'cluster-arn' | 'cluster-identifier' | 'instance-identifiers' | `secret-${string}`;
  readonly messaging: `queue-${string}` | 'iot-endpoint' | 'iot-data-endpoint';
  readonly license: never;
  readonly api: 'rest-api-id' | 'rest-api-name' | 'web-acl-arn' | 'domain-target' | 'domain-zone';
  readonly drain: never;
  readonly edge: 'web-acl-arn';
  readonly web: never;
  readonly monitoring: never;
  readonly dr: never;
}

/** A deployable stack, free of account and region: what it needs of others it reads from parameters at deployment. */
export class PlatformStack extends Stack {
  readonly config: InstallConfig;
  readonly names: Names;
  readonly #id: StackId;

  /** With a region, for what stands in that one alone. */
  constructor(app: App, id: StackId, config: InstallConfig, region?: string) {
    super(app, id, {
      ...(region === undefined ? {} : { env: { region } }),
      stackName: new Names(config.prefix, config.region).stack(id),
      ...(config.permissionsBoundaryArn === null ? {} : { permissionsBoundary: PermissionsBoundary.fromArn(config.permissionsBoundaryArn) }),
    });
    this.config = config;
    this.names = new Names(config.prefix, config.region);
    this.#id = id;
  }

  /** Leaves a value for the stacks deployed after this one. */
  publish<Id extends StackId>(this: PlatformStack, id: Id, name: Published[Id] & string, value: string): void {
    if (id !== this.#id) throw new Error(`${id}/${name} is published by the stack ${this.#id}`);
    new StringParameter(this, `Published-${name}`, { parameterName: this.names.parameter(id, name), stringValue: value });
  }

  /** A value that an earlier stack published. */
  read<Id extends StackId>(id: Id, name: Published[Id] & string): string {
    return StringParameter.valueForStringParameter(this, this.names.parameter(id, name));
  }
}
