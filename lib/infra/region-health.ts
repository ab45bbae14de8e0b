import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import { EndpointType, LambdaIntegration, RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnHealthCheck } from 'aws-cdk-lib/aws-route53';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { accept } from './acknowledgements.ts';
import type { PlatformStack } from './platform-stack.ts';
import { STAGE, stageOptions } from './rest-api.ts';

const PATH = ['health', 'active'] as const;
const EVERY_SECONDS = 30;
const FAILURES = 3;
/** As few as the service allows: each place asks on its own, and every question is a request that is paid for. */
const ASKED_FROM = ['us-east-1', 'us-west-2', 'eu-west-1'];

/**
 * Asks whether this region is the one that serves. Both regions have the same host name, by which neither can be asked alone, so the
 * question has an API of its own under the name that the service gives it: one address, which tells nothing else.
 */
export class RegionHealth extends Construct {
  readonly checkId: string;

  constructor(stack: PlatformStack, id: string) {
    super(stack, id);
    const { config } = stack;
    const rest = this.#api(stack);
    this.checkId = new CfnHealthCheck(this, 'Check', {
      healthCheckConfig: {
        type: 'HTTPS',
        fullyQualifiedDomainName: `${rest.restApiId}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}`,
        resourcePath: `/${[STAGE, ...PATH].join('/')}`,
        port: 443,
        enableSni: true,
        requestInterval: EVERY_SECONDS,
        failureThreshold: FAILURES,
        ...(config.partition === 'aws' ? { regions: ASKED_FROM } : {}),
      },
      healthCheckTags: [{ key: 'Name', value: `${config.prefix} in ${config.region}` }],
    }).attrHealthCheckId;
  }

  #api(stack: PlatformStack): RestApi {
    const { config, names } = stack;
    const key = Key.fromKeyArn(this, 'LogKey', stack.read('kms', 'master-key-arn'));
    const logGroupName = `/${config.prefix}/api/active`;
    const kept = { retention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY };
    const accessLogs = new LogGroup(this, 'AccessLogs', { logGroupName, encryptionKey: key, ...kept });
    const rest = new RestApi(this, 'Rest', {
      restApiName: `${config.prefix}-active`,
      endpointConfiguration: { types: [EndpointType.REGIONAL] },
      deployOptions: stageOptions(config, accessLogs, 20),
      // The account's role for logs stands with the other API.
      cloudWatchRole: false,
    });
    accept(rest, 'APIG2', 'APIG4', 'COG4', ...(config.api.waf ? [] : ['APIG3' as const]));
    const http = LambdaFunction.fromFunctionAttributes(this, 'Http', { functionArn: `${names.functionArn('http')}:live`, sameEnvironment: true });
    PATH.reduce((parent, part) => parent.addResource(part), rest.root).addMethod('GET', new LambdaIntegration(http, { allowTestInvoke: false }));
    if (config.api.waf) new CfnWebACLAssociation(this, 'Acl', {
      webAclArn: stack.read('api', 'web-acl-arn'),
      resourceArn: rest.deploymentStage.stageArn,
    });
    return rest;
  }
}
