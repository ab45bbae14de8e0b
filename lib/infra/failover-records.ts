import { Fn } from 'aws-cdk-lib';
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { apiDomainName } from '../install/names.ts';
import { brokerRecord } from './broker-record.ts';
import type { PlatformStack } from './platform-stack.ts';

/**
 * This region's half of the name that both share: the first region is asked while it says that it serves, the other one otherwise. Health
 * turns them, so that a switch needs no call to the service that keeps the names.
 */
export class FailoverRecords extends Construct {
  constructor(stack: PlatformStack, id: string, hostedZoneId: string, healthCheckId: string) {
    super(stack, id);
    const { config } = stack;
    const half = { setIdentifier: config.region, failover: config.disasterRecovery?.isStandby ? 'SECONDARY' : 'PRIMARY', healthCheckId };
    if (config.iotBrokerEndpoint !== null) brokerRecord(this, 'BrokerRecord', {
      hostedZoneId, name: config.iotBrokerEndpoint, target: stack.read('messaging', 'iot-data-endpoint'), half,
    });
    for (const type of ['A', 'AAAA']) {
      new CfnRecordSet(this, `Record${type}`, {
        hostedZoneId,
        name: Fn.join('', [apiDomainName(config), '.']),
        type,
        ...half,
        aliasTarget: { dnsName: stack.read('api', 'domain-target'), hostedZoneId: stack.read('api', 'domain-zone'), evaluateTargetHealth: false },
      });
    }
  }
}
