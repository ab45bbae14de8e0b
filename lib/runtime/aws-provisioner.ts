import middy from '@middy/core';
import { iotProvisioner, iotRegions, type ProvisionerAnswer } from '../adapters/aws/iot-provisioner.ts';
import type { IotPlace } from '../adapters/aws/iot-policy.ts';
import { awsBase, type Environment } from './aws-base.ts';

/** The one function that may make certificates, called by others of the installation. */
export function provisionerFunction(environment: Environment) {
  const { config, clock, telemetry } = awsBase(environment);
  const { partition, region, accountId } = config;
  const tags = JSON.parse(environment.RESOURCE_TAGS ?? '[]') as NonNullable<IotPlace['tags']>;
  const place = { partition, region, accountId, namespace: config.broker?.namespace ?? '', tags };
  const provision = iotProvisioner({ regions: iotRegions(place, config.secondaryRegion), clock, telemetry });
  return middy<unknown, ProvisionerAnswer>().handler((event: unknown) => provision(event));
}
