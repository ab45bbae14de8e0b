import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { JobPackage } from '../protocol/job.ts';
import type { LauncherConfig } from './config.ts';
import { stepEnvironment } from './environment.ts';
import type { SecretSet } from './mask.ts';
import type { RunFolder } from './run-folder.ts';
import { stageOf } from './run-states.ts';
import type { WorkerState } from './run-states.ts';
import { garbageCollection } from './tool-memory.ts';
import type { ResolvedTool } from './tools.ts';
import { trustBundle } from './trust.ts';

export interface RunEnvironmentInput {
  readonly config: LauncherConfig;
  readonly pkg: JobPackage;
  readonly folder: RunFolder;
  /** None for a custom tool, which the worker brings. */
  readonly tool: ResolvedTool | undefined;
  readonly toolFolder: string;
  readonly pluginCacheFolder: string;
  readonly stateAccess: { readonly address: string; readonly username: string; readonly password: string } | undefined;
  readonly secrets: SecretSet;
}

/** Builds the environment of each phase, and learns on the way what must be masked. */
export class RunEnvironment {
  readonly #input: RunEnvironmentInput;
  readonly #secretNames: ReadonlySet<string>;
  readonly #tokens: Readonly<Record<string, string>>;
  #caBundle: string | undefined;

  constructor(input: RunEnvironmentInput) {
    this.#input = input;
    const { pkg, config } = input;
    this.#secretNames = new Set([...pkg.env.filter((variable) => variable.secret).map(({ name }) => name.replace(/^(?:ro|wo)_/, '')), ...config.maskNames]);
    this.#tokens = { ...(pkg.apiToken ? { SPACELIFT_API_TOKEN: pkg.apiToken } : {}), ...(pkg.oidcToken ? { SPACELIFT_OIDC_TOKEN: pkg.oidcToken } : {}) };
  }

  /** Files beside the source that steps expect. */
  writeFiles(): void {
    const { pkg, folder, config } = this.#input;
    if (pkg.oidcToken) writeFileSync(join(folder.workspace, 'spacelift.oidc'), pkg.oidcToken, { mode: 0o600 });
    if (config.additionalRootCas.length === 0) return;
    this.#caBundle = join(folder.home, '.windlass-ca.pem');
    writeFileSync(this.#caBundle, trustBundle(config.additionalRootCas), { mode: 0o644 });
  }

  of(state: WorkerState, exported: Readonly<Record<string, string>>, extra: Readonly<Record<string, string>> = {}): Record<string, string> {
    const { config, pkg, folder, tool, pluginCacheFolder, toolFolder, stateAccess, secrets } = this.#input;
    const env = stepEnvironment({
      launcher: config.environment,
      whitelist: config.whitelist,
      variables: pkg.env,
      stage: stageOf(state),
      runFolder: folder.workspace,
      exported,
      defaults: {
        TF_IN_AUTOMATION: '1',
        TF_INPUT: '0',
        CHECKPOINT_DISABLE: '1',
        ...garbageCollection(),
        TF_PLUGIN_CACHE_DIR: pluginCacheFolder,
        // Without a lock file the tool would pass over its cache and download each provider for every run.
        ...(existsSync(join(toolFolder, '.terraform.lock.hcl')) ? {} : { TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: '1' }),
        // Git, which tools call for modules, does not look at the first.
        ...(this.#caBundle ? { SSL_CERT_FILE: this.#caBundle, GIT_SSL_CAINFO: this.#caBundle } : {}),
        ...this.#tokens,
      },
      forced: {
        TF_VAR_spacelift_run_id: pkg.run.id,
        TF_VAR_spacelift_run_state: state,
        ...(stateAccess ? stateVariables(stateAccess) : {}),
        ...extra,
      },
    });
    // Values of secrets are known in full only now, after interpolation.
    for (const name of this.#secretNames) {
      const value = env[name];
      if (value) secrets.add(value);
    }
    if (tool !== undefined && tool.source !== 'path') env.PATH = `${dirname(tool.path)}:${env.PATH ?? ''}`;
    return env;
  }
}

const stateVariables = ({ address, username, password }: { readonly address: string; readonly username: string; readonly password: string }) => ({
  TF_HTTP_ADDRESS: address,
  TF_HTTP_LOCK_ADDRESS: address,
  TF_HTTP_UNLOCK_ADDRESS: address,
  TF_HTTP_USERNAME: username,
  TF_HTTP_PASSWORD: password,
  TF_HTTP_RETRY_MAX: '1',
});

/** Masks what is known to be secret from the start; answers the names of variables whose values are too short for it. */
export function learnSecrets(secrets: SecretSet, pkg: JobPackage, config: LauncherConfig): readonly string[] {
  const tooShort = pkg.env.filter((variable) => variable.secret && variable.value !== '' && !secrets.add(variable.value)).map(({ name }) => name);
  for (const name of config.maskNames) {
    const value = config.environment[name];
    if (value) secrets.add(value);
  }
  for (const file of pkg.files) if (file.secret) secrets.add(Buffer.from(file.content, 'base64').toString('utf8'));
  for (const token of [pkg.apiToken, pkg.oidcToken, pkg.source.kind === 'git' ? pkg.source.password : null]) if (token) secrets.add(token);
  return tooShort;
}
