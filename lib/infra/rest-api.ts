import { RemovalPolicy, Size, Tags } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  type IResource,
  RestApi,
  type StageOptions,
} from 'aws-cdk-lib/aws-apigateway';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { InterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { FunctionName } from '../core/shared/functions.ts';
import type { InstallConfig } from '../install/config.ts';
import { accept, acceptLogRole } from './acknowledgements.ts';
import { API_ROUTES } from './api-routes.ts';
import type { PlatformStack } from './platform-stack.ts';

export const STAGE = 'live';

/** How an API is deployed: traced, with its errors and accesses logged but no contents, and as many requests a second, twice that at once. */
export const stageOptions = (config: Pick<InstallConfig, 'tracing'>, accessLogs: ILogGroup, requestsPerSecond: number): StageOptions => ({
  stageName: STAGE,
  tracingEnabled: config.tracing,
  loggingLevel: MethodLoggingLevel.ERROR,
  dataTraceEnabled: false,
  accessLogDestination: new LogGroupLogDestination(accessLogs),
  accessLogFormat: AccessLogFormat.jsonWithStandardFields(),
  throttlingRateLimit: requestsPerSecond,
  throttlingBurstLimit: 2 * requestsPerSecond,
});

/** Browsers ask for pictures and fonts with words that name no type, or another first: of each answer the function says whether it is bytes. */
const BINARY = ['*/*'];

/** The API: addresses lead to functions, and everything else is decided there. */
export class PlatformApi extends Construct {
  readonly rest: RestApi;

  constructor(stack: PlatformStack, id: string, functionOf: (name: FunctionName) => IFunction) {
    super(stack, id);
    const { config } = stack;
    const accessLogs = new LogGroup(this, 'AccessLogs', {
      logGroupName: `/${config.prefix}/api/access`,
      retention: RetentionDays.ONE_MONTH,
      encryptionKey: Key.fromKeyArn(this, 'LogKey', stack.read('kms', 'master-key-arn')),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const endpoint = config.api.internal ? InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(this, 'Entrance', {
      vpcEndpointId: stack.read('network', 'api-endpoint'),
      port: 443,
    }) : undefined;
    this.rest = new RestApi(this, 'Rest', {
      restApiName: config.prefix,
      endpointConfiguration: endpoint === undefined ? { types: [EndpointType.REGIONAL] } : { types: [EndpointType.PRIVATE], vpcEndpoints: [endpoint] },
      // Private APIs keep theirs: the endpoint leads there, and it is reachable by nobody else.
      disableExecuteApiEndpoint: endpoint === undefined,
      binaryMediaTypes: BINARY,
      minCompressionSize: Size.kibibytes(1),
      policy: endpoint === undefined ? admittingAddresses(config.api.allowedCidrs) : admittingEndpoint(endpoint.vpcEndpointId, config.api.allowedCidrs),
      deployOptions: stageOptions(config, accessLogs, 1000),
      cloudWatchRole: true,
    });
    if (config.api.tag !== null) for (const tagged of [this.rest, this.rest.deploymentStage]) Tags.of(tagged).add(config.api.tag.key, config.api.tag.value);
    accept(this.rest, 'APIG2', 'APIG4', 'COG4', ...(config.api.waf ? [] : ['APIG3' as const]));
    acceptLogRole(this.rest);
    for (const [path, name] of Object.entries(API_ROUTES)) this.#route(
      path,
      new LambdaIntegration(functionOf(name), { proxy: true, scopePermissionToMethod: false }),
    );
  }

  #route(path: string, integration: LambdaIntegration): void {
    const resource = path.split('/').filter((part) => part !== '').reduce<IResource>((parent, part) => {
      const name = part === '*' ? '{proxy+}' : part;
      return parent.getResource(name) ?? parent.addResource(name);
    }, this.rest.root);
    resource.addMethod('ANY', integration);
  }
}

const invoke = (effect: Effect, conditions: Record<string, Record<string, unknown>> = {}): PolicyStatement =>
  new PolicyStatement({ effect, principals: [new AnyPrincipal()], actions: ['execute-api:Invoke'], resources: ['execute-api:/*'], conditions });

function admittingAddresses(cidrs: readonly string[]): PolicyDocument | undefined {
  if (cidrs.length === 0) return undefined;
  return new PolicyDocument({ statements: [invoke(Effect.ALLOW), invoke(Effect.DENY, { NotIpAddress: { 'aws:SourceIp': cidrs } })] });
}

/** Behind an endpoint a caller's address is the one in the network. */
const admittingEndpoint = (endpointId: string, cidrs: readonly string[]): PolicyDocument => new PolicyDocument({
  statements: [
    invoke(Effect.ALLOW),
    invoke(Effect.DENY, { StringNotEquals: { 'aws:SourceVpce': endpointId } }),
    ...(cidrs.length === 0 ? [] : [invoke(Effect.DENY, { NotIpAddress: { 'aws:VpcSourceIp': cidrs } })]),
  ],
});
