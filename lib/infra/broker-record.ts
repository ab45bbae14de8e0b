import { Fn } from 'aws-cdk-lib';
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';

const LIFE_SECONDS = '60';

export interface BrokerRecordProps {
  readonly hostedZoneId: string;
  readonly name: string;
  readonly target: string;
  /** Which half of a name that two regions share, and what turns it. */
  readonly half?: Pick<ConstructorParameters<typeof CfnRecordSet>[2], 'setIdentifier' | 'failover' | 'healthCheckId'>;
}

/** The broker's name in a zone of the operator: another name of the endpoint that the region gave the account. */
export const brokerRecord = (scope: Construct, id: string, { hostedZoneId, name, target, half = {} }: BrokerRecordProps): CfnRecordSet =>
  new CfnRecordSet(scope, id, { hostedZoneId, name: Fn.join('', [name, '.']), type: 'CNAME', ttl: LIFE_SECONDS, resourceRecords: [target], ...half });
