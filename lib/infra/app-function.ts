import { createHash } from 'node:crypto';
import { Duration, Fn, RemovalPolicy } from 'aws-cdk-lib';
import { Policy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import {
  Alias,
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  type ILayerVersion,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { FUNCTIONS, type FunctionName } from '../core/shared/functions.ts';
import { insideNetwork, type InstallConfig, type SecurityGroups } from '../install/config.ts';
import { acceptWildcards } from './acknowledgements.ts';
import { bundleFolder, type AssetFolders } from './assets.ts';
import { environmentOf } from './function-environment.ts';
import { statementsOf } from './function-statements.ts';
import type { PlatformStack } from './platform-stack.ts';

export interface AppFunctionProps {
  readonly folders: AssetFolders;
  readonly layers: Readonly<{ telemetry?: ILayerVersion; 'opa-arm64'?: ILayerVersion; ca?: ILayerVersion }>;
}

/** The part of the network that each function stands in. */
const GROUPS: Readonly<Partial<Record<FunctionName, keyof SecurityGroups>>> = { 'drain-cron': 'scheduler', ops: 'operations', license: 'operations' };
const groupOf = (name: FunctionName): 'server' | 'drain' | 'scheduler' | 'operations' =>
  (GROUPS[name] as 'scheduler' | 'operations' | undefined) ?? (name.startsWith('drain-') ? 'drain' : 'server');

/** Changes with everything that the file says. */
const configurationDigest = (config: InstallConfig): string => createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 16);

/** A function of the product with its role, its log and the alias that callers know: a new version serves from one moment to the next. */
export class AppFunction extends Construct {
  readonly function: LambdaFunction;
  #live: Alias | undefined;

  constructor(stack: PlatformStack, name: FunctionName, { folders, layers }: AppFunctionProps) {
    super(stack, name);
    const facts = FUNCTIONS[name];
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: stack.names.logGroup(name),
      retention: RetentionDays.ONE_MONTH,
      encryptionKey: Key.fromKeyArn(this, 'LogKey', stack.read('kms', 'master-key-arn')),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const statements = statementsOf(stack, name, logGroup.logGroupArn);
    const rights = new Policy(this, 'Rights', { policyName: name, roles: [role], statements: [...statements] });
    acceptWildcards(rights, statements);
    const attached = [layers.telemetry, facts.policyEngine ? layers['opa-arm64'] : undefined, layers.ca].filter((layer) => layer !== undefined);
    this.function = new LambdaFunction(this, 'Function', {
      functionName: stack.names.function(name),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(bundleFolder(folders, facts.entry)),
      handler: 'index.handler',
      // Values that come by parameter are not seen in the template: a version is made of this as well, or the old one would serve on.
      description: `configuration ${configurationDigest(stack.config)}`,
      memorySize: facts.memoryMib,
      timeout: Duration.seconds(facts.timeoutSeconds),
      environment: environmentOf(stack, name),
      // The role has its rights before the function can start; the function's own grants would only repeat them.
      role: role.withoutPolicyUpdates(),
      layers: attached,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: stack.config.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      // A chain of messages that goes in circles is told by its length, which messages carry.
      ...(facts.consumes.length > 0 ? { recursiveLoop: RecursiveLoop.ALLOW } : {}),
    });
    this.function.node.addDependency(rights);
    if (insideNetwork(stack.config)) this.#joinNetwork(stack, name);
  }

  /** The published version that serves; for functions that are called by others than operators. */
  get live(): Alias {
    this.#live ??= new Alias(this, 'Live', { aliasName: 'live', version: this.function.currentVersion });
    return this.#live;
  }

  #joinNetwork(stack: PlatformStack, name: FunctionName): void {
    const { network } = stack.config;
    const group = groupOf(name);
    const resource = this.function.node.defaultChild as CfnFunction;
    resource.vpcConfig = network.mode === 'custom'
      ? { subnetIds: [...network.privateSubnetIds], securityGroupIds: [network.groups[group] ?? network.groups.server] }
      : { subnetIds: Fn.split(',', stack.read('network', 'function-subnets'), 2), securityGroupIds: [stack.read('network', `${group}-group`)] };
  }
}
