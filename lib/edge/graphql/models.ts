import type { Policy } from '../../core/policies/policy.ts';
import type { ApiKey } from '../../core/accounts/api-key.ts';
import type { ShownConfig } from '../../core/contexts/actions/list-config.ts';
import type { StateVersion } from '../../core/state/state.ts';
import type { StackWebhook } from '../../core/webhooks/actions/read-webhook.ts';
import type { WorkerPool } from '../../core/workers/worker.ts';
import type { StackAwsIntegration, StackGcpIntegration } from './resolver-types.ts';

// What resolvers get where the product's own type lacks something that only an answer has.

export interface ApiKeyModel extends ApiKey {
  readonly secret?: string;
  readonly deleted?: boolean;
}

export interface StackWebhookModel extends StackWebhook {
  readonly deleted?: boolean;
}

/** What the stack's own resolvers answer, and the stack for what has resolvers of its own. */
export interface StackIntegrationsModel {
  readonly stackId: string;
  readonly aws: StackAwsIntegration;
  readonly gcp: StackGcpIntegration;
}

export interface WorkerPoolModel extends WorkerPool {
  readonly deleted?: boolean;
}

export type ConfigModel = Pick<ShownConfig, 'name' | 'type' | 'value' | 'writeOnly' | 'checksum' | 'description' | 'fileMode'> & {
  readonly createdAt: Date | null;
  /** Computed for each run. */
  readonly runtime?: boolean;
};

export interface StateVersionModel extends StateVersion {
  readonly current: boolean;
}

/** A policy; with its text where that is known already, as for one that is gone. */
export type PolicyModel = Policy & { readonly body?: string };
