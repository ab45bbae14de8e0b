import middy from '@middy/core';
import { iotProvisioner, iotRegions, type ProvisionerAnswer } from '../adapters/aws/iot-provisioner.ts';
import { awsBase, type Environment } from './aws-base.ts';

/** The one function that may make certificates, called by others of the installation. */
export function provisionerFunction(environment: Environment) {
  const { config, clock, telemetry } = awsBase(environment);
  const { partition, region, accountId } = config;
  const provision = iotProvisioner({ regions: iotRegions({ partition, region, accountId, namespace: config.broker?.namespace ?? '' }, config.secondaryRegion), clock, telemetry });
  return middy<unknown, ProvisionerAnswer>().handler((event: unknown) => provision(event));
}
