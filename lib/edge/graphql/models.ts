import type { ApiKey } from '../../core/accounts/api-key.ts';
import type { ShownConfig } from '../../core/contexts/actions/list-config.ts';
import type { StateVersion } from '../../core/state/state.ts';
import type { WorkerPool } from '../../core/workers/worker.ts';

// What resolvers get where the product's own type lacks something that only an answer has.

export interface ApiKeyModel extends ApiKey {
  readonly secret?: string;
  readonly deleted?: boolean;
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
