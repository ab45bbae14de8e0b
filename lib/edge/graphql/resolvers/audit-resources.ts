import type { AuditTrailResourceType } from '../resolver-types.ts';

const TYPES: readonly AuditTrailResourceType[] = [
  'ACCOUNT', 'API_KEY', 'AWS_INTEGRATION', 'AZURE_DEVOPS_REPO_INTEGRATION', 'AZURE_INTEGRATION', 'BITBUCKET_CLOUD_INTEGRATION',
  'BITBUCKET_DATACENTER_INTEGRATION', 'BLUEPRINT', 'CONTEXT', 'DRIFT_DETECTION_INTEGRATION', 'GENERIC_FORM', 'GITHUB_APP_INSTALLATION',
  'GITHUB_ENTERPRISE_INTEGRATION', 'GITLAB_INTEGRATION', 'GPG_KEY', 'LOGIN', 'MODULE', 'NAMED_WEBHOOKS_INTEGRATION', 'NOTIFICATION', 'POLICY', 'RUN',
  'SCHEDULED_DELETE', 'SCHEDULED_RUN', 'SCHEDULED_TASK', 'SECURITY_KEY', 'SESSION', 'SPACE', 'STACK', 'TASK', 'TERRAFORM_PROVIDER',
  'TERRAFORM_PROVIDER_VERSION', 'UNKNOWN', 'USER', 'USER_GROUP', 'USER_GROUP_INTEGRATION', 'VERSION', 'WEBHOOK', 'WORKER', 'WORKER_POOL',
];
const KNOWN: ReadonlyMap<string, AuditTrailResourceType> = new Map(TYPES.map((type) => [type, type]));

/** The type as clients know it; what they have no word for is unknown. */
export const resourceTypeOf = (type: string): AuditTrailResourceType => KNOWN.get(type.toUpperCase().replaceAll('-', '_')) ?? 'UNKNOWN';
