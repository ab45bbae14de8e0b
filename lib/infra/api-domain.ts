import { Fn } from 'aws-cdk-lib';
import { CfnBasePathMapping, CfnBasePathMappingV2, CfnDomainName, CfnDomainNameAccessAssociation, CfnDomainNameV2 } from 'aws-cdk-lib/aws-apigateway';
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import { Tags } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { apiDomainName } from '../install/names.ts';
import type { PlatformStack } from './platform-stack.ts';
import { STAGE, type PlatformApi } from './rest-api.ts';

/** The host name of the API, in the region or, for a private API, in the network. */
export class ApiDomain extends Construct {
  /** Where the host's record points, for a name in the region. */
  readonly target: { readonly name: string; readonly zoneId: string } | null;

  constructor(stack: PlatformStack, id: string, api: PlatformApi) {
    super(stack, id);
    const { config } = stack;
    const domainName = apiDomainName(config);
    if (config.api.internal) {
      this.#private(stack, domainName, api);
      this.target = null;
      return;
    }
    const domain = this.#regional(stack, domainName, api);
    this.target = { name: domain.attrRegionalDomainName, zoneId: domain.attrRegionalHostedZoneId };
    // With a second region the record belongs to the switch between the two.
    if (config.dns.hostedZoneId !== null && config.disasterRecovery === null) aliasRecords(this, config.dns.hostedZoneId, domainName, this.target);
    if (config.api.tag !== null) Tags.of(domain).add(config.api.tag.key, config.api.tag.value);
  }

  #regional({ config }: PlatformStack, domainName: string, { rest }: PlatformApi): CfnDomainName {
    const domain = new CfnDomainName(this, 'Name', {
      domainName,
      regionalCertificateArn: config.api.certificateArn,
      endpointConfiguration: { types: ['REGIONAL'] },
      securityPolicy: config.api.securityPolicy,
      ...(config.api.securityPolicy.startsWith('SecurityPolicy_') ? { endpointAccessMode: 'STRICT' } : {}),
      ...(config.api.mutualTlsTruststore === null ? {} : { mutualTlsAuthentication: { truststoreUri: config.api.mutualTlsTruststore } }),
    });
    const mapping = new CfnBasePathMapping(this, 'Mapping', { domainName: domain.ref, restApiId: rest.restApiId, stage: STAGE });
    mapping.node.addDependency(rest.deploymentStage);
    return domain;
  }

  #private(stack: PlatformStack, domainName: string, { rest }: PlatformApi): void {
    const { config } = stack;
    const endpointId = stack.read('network', 'api-endpoint');
    const domain = new CfnDomainNameV2(this, 'PrivateName', {
      domainName,
      certificateArn: config.api.certificateArn,
      endpointConfiguration: { types: ['PRIVATE'] },
      securityPolicy: config.api.securityPolicy,
      policy: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' },
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 'execute-api:Invoke',
            Resource: 'execute-api:/*',
            Condition: { StringNotEquals: { 'aws:SourceVpce': endpointId } },
          },
        ],
      },
    });
    const mapping = new CfnBasePathMappingV2(this, 'PrivateMapping', { domainNameArn: domain.attrDomainNameArn, restApiId: rest.restApiId, stage: STAGE });
    mapping.node.addDependency(rest.deploymentStage);
    new CfnDomainNameAccessAssociation(this, 'Entrance', {
      accessAssociationSource: endpointId,
      accessAssociationSourceType: 'VPCE',
      domainNameArn: domain.attrDomainNameArn,
    });
    if (config.api.tag !== null) Tags.of(domain).add(config.api.tag.key, config.api.tag.value);
  }
}

export function aliasRecords(scope: Construct, hostedZoneId: string, name: string, target: { readonly name: string; readonly zoneId: string }): void {
  for (const type of ['A', 'AAAA']) {
    new CfnRecordSet(scope, `Record${type}`, {
      hostedZoneId,
      name: Fn.join('', [name, '.']),
      type,
      aliasTarget: { dnsName: target.name, hostedZoneId: target.zoneId, evaluateTargetHealth: false },
    });
  }
}
