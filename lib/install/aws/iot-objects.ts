import {
  DeleteCertificateCommand, DeletePolicyCommand, DeletePolicyVersionCommand, DetachPolicyCommand, ListPoliciesCommand, ListPolicyVersionsCommand, ListTargetsForPolicyCommand, UpdateCertificateCommand,
} from '@aws-sdk/client-iot';
import { poolOfPolicy } from '../../adapters/aws/iot-policy.ts';
import { failedWith, type AwsClients } from './clients.ts';

/** Policies of the installation's worker pools at the broker: whole names, since another installation's may begin with this one's prefix. */
export async function poolPolicies(aws: AwsClients, prefix: string): Promise<readonly string[]> {
  const names: string[] = [];
  let marker: string | undefined;
  do {
    const page = await aws.iot.send(new ListPoliciesCommand({ pageSize: 250, ...(marker === undefined ? {} : { marker }) }));
    names.push(...(page.policies ?? []).flatMap(({ policyName }) => (poolOfPolicy(prefix, policyName ?? '') === undefined ? [] : [policyName ?? ''])));
    marker = page.nextMarker;
  } while (marker !== undefined);
  return names.sort();
}

/** The certificates that a policy is attached to. */
export async function certificatesOf(aws: AwsClients, policyName: string): Promise<readonly string[]> {
  const { targets = [] } = await aws.iot.send(new ListTargetsForPolicyCommand({ policyName, pageSize: 250 }));
  return targets.filter((target) => target.includes(':cert/'));
}

/** Takes a pool's policy and certificates away; what is gone already is as wanted. */
export async function destroyPoolPolicy(aws: AwsClients, policyName: string): Promise<void> {
  for (const target of await certificatesOf(aws, policyName)) {
    const certificateId = target.split('/').at(-1);
    await orGone(aws.iot.send(new DetachPolicyCommand({ policyName, target })));
    await orGone(aws.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' })));
    await orGone(aws.iot.send(new DeleteCertificateCommand({ certificateId, forceDelete: true })));
  }
  const versions = await aws.iot.send(new ListPolicyVersionsCommand({ policyName })).then(({ policyVersions = [] }) => policyVersions, () => []);
  for (const { versionId, isDefaultVersion } of versions) if (!isDefaultVersion) await orGone(aws.iot.send(new DeletePolicyVersionCommand({ policyName, policyVersionId: versionId })));
  await orGone(aws.iot.send(new DeletePolicyCommand({ policyName })));
}

async function orGone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!failedWith(error, 'ResourceNotFoundException')) throw error;
  }
}
