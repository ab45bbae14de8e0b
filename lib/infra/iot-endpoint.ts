import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnDomainConfiguration } from 'aws-cdk-lib/aws-iot';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { RetentionDays, LogGroup } from 'aws-cdk-lib/aws-logs';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { acceptWildcards } from './acknowledgements.ts';
import type { InstallConfig } from '../install/config.ts';

/** The address that workers connect to: the operator's own, or the one the region gave the account. */
export class IotEndpoint extends Construct {
  readonly address: string;
  readonly #prefix: string;
  readonly #key: IKey;
  #known: string | undefined;

  constructor(scope: Construct, id: string, config: InstallConfig, key: IKey) {
    super(scope, id);
    this.#key = key;
    if (config.iotBrokerEndpoint !== null && config.dns.iotCertificateArn !== null) this.#customDomain(
      config.prefix,
      config.iotBrokerEndpoint,
      config.dns.iotCertificateArn,
    );
    this.#prefix = config.prefix;
    this.address = config.iotBrokerEndpoint ?? this.ofAccount;
  }

  /** The one that the region gave the account, asked for at deployment. */
  get ofAccount(): string {
    this.#known ??= this.#describe(this.#prefix);
    return this.#known;
  }

  #customDomain(prefix: string, domainName: string, certificateArn: string): void {
    new CfnDomainConfiguration(this, 'Domain', {
      domainConfigurationName: `${prefix}-broker`,
      domainName,
      serverCertificateArns: [certificateArn],
      serviceType: 'DATA',
      applicationProtocol: 'SECURE_MQTT',
      authenticationType: 'AWS_X509',
      tlsConfig: { securityPolicy: 'IotSecurityPolicy_TLS13_1_2_2022_10' },
    });
  }

  #describe(prefix: string): string {
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/${prefix}/functions/iot-endpoint`,
      retention: RetentionDays.ONE_MONTH,
      encryptionKey: this.#key,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const statements = [
      new PolicyStatement({ sid: 'Log', actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }),
      new PolicyStatement({ sid: 'DescribeEndpoint', actions: ['iot:DescribeEndpoint'], resources: ['*'] }),
    ];
    const call = {
      service: 'Iot',
      action: 'describeEndpoint',
      parameters: { endpointType: 'iot:Data-ATS' },
      physicalResourceId: PhysicalResourceId.of(`${prefix}-iot-endpoint`),
    };
    const endpoint = new AwsCustomResource(this, 'Endpoint', {
      resourceType: 'Custom::IotEndpoint',
      functionName: `${prefix}-iot-endpoint`,
      installLatestAwsSdk: false,
      logGroup,
      role,
      onUpdate: call,
      policy: AwsCustomResourcePolicy.fromStatements(statements),
    });
    acceptWildcards(endpoint, statements);
    return endpoint.getResponseField('endpointAddress');
  }
}
