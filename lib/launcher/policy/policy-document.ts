import { createHash } from 'node:crypto';
import type { JobPackage } from '../../protocol/job.ts';
import { ulidTime } from '../ulid.ts';

declare global {
  interface JSON {
    /** A value that `stringify` writes as the text given. */
    rawJSON(text: string): unknown;
  }
}

const sanitized = (value: string): string => createHash('sha256').update(value, 'utf8').digest('hex').slice(-8);
const orNull = (list: readonly string[]): readonly string[] | null => (list.length === 0 ? null : list);
const nanoseconds = (ms: number): unknown => JSON.rawJSON(`${ms}000000`);

/** What the worker's own policy is asked about, as JSON text; values of secret variables only in a form that they can be compared by. */
export function policyDocument(pkg: JobPackage, workerVersion: string): string {
  const { run, stack } = pkg;
  const createdAt = nanoseconds(ulidTime(run.id));
  return JSON.stringify({
    docker_image: pkg.image.ref,
    worker_version: workerVersion,
    run: {
      id: run.id,
      state: 'PREPARING',
      based_on_local_workspace: run.localPreview,
      changes: [],
      commit: { author: run.commit.author, branch: run.branch ?? '', created_at: nanoseconds(run.commit.timestamp * 1000), hash: run.commit.hash, message: run.commit.message, url: run.commit.url },
      created_at: createdAt,
      updated_at: createdAt,
      triggered_by: run.trigger === 'git commit' ? null : run.trigger,
      user_provided_metadata: run.userMetadata,
    },
    static_run_environment: {
      account_name: pkg.account,
      auto_deploy: stack.autodeploy,
      before_init: orNull(pkg.hooks.before_init),
      before_apply: orNull(pkg.hooks.before_apply),
      command: run.command ?? '',
      commit_branch: run.branch ?? '',
      commit_sha: run.commit.hash,
      endpoint_logs: '',
      endpoint_registry: '',
      environment_variables: Object.fromEntries(pkg.env.map(({ name, value, secret }) => [name, secret ? sanitized(value) : value])),
      project_root: stack.projectRoot,
      refresh_state: true,
      repository_path: pkg.source.kind === 'git' ? pkg.source.url : '',
      run_type: run.type,
      run_ulid: run.id,
      skip_init: run.skipInit,
      stack_labels: orNull(stack.labels),
      stack_slug: stack.id,
      terraform_version: pkg.tool.version ?? '',
      vendor_specific_config: { vendor: stack.vendor, typed_config: { workspace: stack.vendorConfig.workspace, use_smart_sanitization: stack.vendorConfig.useSmartSanitization } },
    },
  });
}
