import { MAX_PACKAGE_BYTES_IN_JOB, type Job, type JobPackage, type PackageSource, type VersionChoice } from '../../../protocol/job.ts';
import { packageContext, sealBuffer } from '../../../protocol/envelope.ts';
import type { Ports } from '../../ports/ports.ts';
import { conflict } from '../../shared/errors.ts';
import { requireFits } from '../../shared/row-size.ts';
import { sha256 } from '../../shared/text.ts';
import { listSpaces } from '../../spaces/space-store.ts';
import { pathOf } from '../../spaces/space.ts';
import { composeRunInputs } from '../../stacks/actions/compose-run-inputs.ts';
import { IGNORE_FILE_LABEL, settingsFor, type RunSettings } from '../../stacks/run-settings.ts';
import { CUSTOM_CONFIG, readRuntimeConfig, readSettingsBlock } from '../../stacks/read-runtime-config.ts';
import { MAX_RUNTIME_CONFIG_BYTES, RUNTIME_CONFIG_PATH, type RuntimeConfigFile } from '../../stacks/runtime-config.ts';
import type { InputSources } from '../../stacks/input-sources.ts';
import type { Stack } from '../../stacks/stack.ts';
import type { KnownReleases } from '../../stacks/tool-catalogue.ts';
import { chooseToolVersion } from '../../stacks/actions/choose-tool-version.ts';
import { findLocalWorkspace } from '../../runs/local-workspace-store.ts';
import type { Run } from '../../runs/run.ts';
import type { WorkerInPool } from '../../workers/worker.ts';
import { factsOf, gitSource, jobPackage, packageKey } from '../job-package.ts';
import { CHOICE_SECONDS, choiceClaims, isChosen, type RunChoice } from '../run-choice.ts';
import { API_TOKEN_SECONDS, apiTokenClaims, OIDC_TOKEN_SECONDS, oidcClaims } from '../run-claims.ts';
import { groundControl } from '../run-log.ts';

export type PackageNeeds = Pick<Ports, 'db' | 'objects' | 'cipher' | 'signer' | 'clock' | 'vcs' | 'settings'>;

const URL_SECONDS = 3600;

export interface PackageRequest {
  readonly run: Run;
  readonly stack: Stack;
  readonly worker: WorkerInPool;
  /** Text of the configuration file in a person's archive, which only the worker can read. */
  readonly configText?: string;
  /** What was read with the run; else it is read here. */
  readonly known?: { readonly spacePath: string; readonly inputs: InputSources | undefined; readonly releases: KnownReleases };
}

export interface BuiltPackage {
  readonly package: Job['package'];
  /** What the server has to tell, for the run's log. */
  readonly log: readonly string[];
  /** Signed, for the worker to bring back; undefined where the run goes by it already. */
  readonly choice: string | undefined;
  /** Puts the package where its address says; until then nobody can read it. */
  store(): Promise<void>;
}

/** Gathers what a handover needs, secrets opened and sealed to the pool's key; the caller stores it. */
export async function buildPackage(ports: PackageNeeds, request: PackageRequest): Promise<BuiltPackage> {
  const { run, stack, worker } = request;
  // Signing takes a core for milliseconds, off this thread: it goes beside the rest.
  const [{ parts, log, choice }, tokens] = await Promise.all([collect(ports, request), signTokens(ports, run, stack)]);
  const document = jobPackage({ ...parts, ...tokens });
  const sealed = sealBuffer(worker.pool.publicKey, packageContext(run.id, run.lease), Buffer.from(JSON.stringify(document), 'utf8'));
  // Each sealing has other bytes: a claim that is repeated while the first is at work must not take the package from under its answer.
  const digest = sha256(sealed);
  const key = packageKey({ runId: run.id, lease: run.lease, sha256: digest });
  const { url } = await ports.objects.presignGet('metadata', key, { ttlSeconds: URL_SECONDS });
  return {
    package: { url, sha256: digest, bytes: sealed.length, ...(sealed.length <= MAX_PACKAGE_BYTES_IN_JOB ? { content: sealed.toString('base64') } : {}) },
    log: [...log, groundControl(`Stored the package, ${sealed.length} bytes, encrypted for worker pool ${worker.pool.name}`)],
    choice,
    store: () => ports.objects.put('metadata', key, sealed),
  };
}

async function collect(ports: PackageNeeds, request: PackageRequest) {
  const { run, stack, known } = request;
  const { settings, log } = await effectiveSettings(ports, request);
  requireFits(`the settings of run ${run.id} from the stack, ${RUNTIME_CONFIG_PATH} and its own configuration`, settings, { runId: run.id });
  const tool = await toolOf(ports, request, settings);
  const [choice, source, inputs] = await Promise.all([
    signChoice(ports, run, { runtimeConfig: settings, toolKind: tool.kind, toolVersion: tool.version }),
    sourceOf(ports, stack, run, settings),
    composeRunInputs(ports, { stack, settings, run: factsOf(run), sources: known?.inputs }),
  ]);
  const parts = {
    account: ports.settings.accountName,
    defaultImage: ports.settings.defaultRunnerImage,
    stack,
    spacePath: known?.spacePath ?? pathOf(await listSpaces(ports.db.sql), stack.spaceId),
    run,
    settings,
    tool,
    inputs,
    source,
  };
  return { parts, log, choice };
}

/** Settings are fixed when a run first begins: what was planned under them is applied under them. */
async function effectiveSettings(ports: Pick<Ports, 'vcs'>, { run, stack, configText }: PackageRequest): Promise<{ readonly settings: RunSettings; readonly log: readonly string[] }> {
  if (run.phase !== 'INITIAL' && run.runtimeConfig !== null) return { settings: run.runtimeConfig as RunSettings, log: [] };
  const custom = await readSettingsBlock(run.runtimeConfigInput, CUSTOM_CONFIG);
  if (run.localWorkspaceId !== null) {
    const file = configText === undefined ? undefined : await readRuntimeConfig(configText);
    return { settings: settingsFor(stack, file, custom), log: [] };
  }
  if (stack.labels.includes(IGNORE_FILE_LABEL)) return { settings: settingsFor(stack, undefined, custom), log: [groundControl(`${RUNTIME_CONFIG_PATH} is ignored: the stack has the label ${IGNORE_FILE_LABEL}`)] };
  const file = await committedFile(ports, stack, run);
  const found = `${RUNTIME_CONFIG_PATH} of commit ${run.commit.hash.slice(0, 8)}`;
  return { settings: settingsFor(stack, file, custom), log: [groundControl(file === undefined ? `There is no ${found}` : `Read ${found}`)] };
}

async function committedFile(ports: Pick<Ports, 'vcs'>, stack: Stack, run: Run): Promise<RuntimeConfigFile | undefined> {
  const text = await ports.vcs.file({ provider: stack.provider, url: stack.repositoryUrl }, run.commit.hash, RUNTIME_CONFIG_PATH, MAX_RUNTIME_CONFIG_BYTES);
  return text === undefined ? undefined : readRuntimeConfig(text);
}

/** A plan is applied by the version that made it. */
async function toolOf(ports: Pick<Ports, 'db' | 'settings'>, { run, stack, worker, known }: PackageRequest, settings: RunSettings): Promise<VersionChoice> {
  if (run.phase !== 'INITIAL' && run.toolKind !== null) return { kind: run.toolKind, version: run.toolVersion };
  const question = { stack, settings, offered: worker.tools, allowed: ports.settings.terraformAllowedVersions };
  return chooseToolVersion(ports.db.sql, known === undefined ? question : { ...question, known: known.releases });
}

async function sourceOf(ports: PackageNeeds, stack: Stack, run: Run, settings: RunSettings): Promise<PackageSource> {
  // A later handover brings the files along in its workspace.
  if (run.phase !== 'INITIAL') return { kind: 'none' };
  if (run.localWorkspaceId === null) return gitSource(stack, run, settings, await ports.vcs.credentials({ provider: stack.provider, url: stack.repositoryUrl }));
  const workspace = await findLocalWorkspace(ports.db.sql, run.localWorkspaceId, ports.clock.now());
  if (workspace === undefined) throw conflict(`the uploaded archive ${run.localWorkspaceId} is no longer kept; upload it again`, { workspace: run.localWorkspaceId });
  const { url } = await ports.objects.presignGet('user-uploaded-workspaces', workspace.objectKey, { ttlSeconds: URL_SECONDS });
  return { kind: 'upload', url };
}

async function signChoice({ signer, settings }: Pick<Ports, 'signer' | 'settings'>, run: Run, choice: RunChoice): Promise<string | undefined> {
  return isChosen(run, choice) ? undefined : (await signer.sign(choiceClaims(run, choice, settings), CHOICE_SECONDS)).token;
}

async function signTokens(ports: Pick<Ports, 'signer' | 'settings'>, run: Run, stack: Stack): Promise<Required<{ readonly [K in 'apiToken' | 'oidcToken']: NonNullable<JobPackage[K]> }>> {
  const [api, oidc] = await Promise.all([
    ports.signer.sign(apiTokenClaims(run, ports.settings), API_TOKEN_SECONDS),
    ports.signer.sign(oidcClaims(run, stack, ports.settings), OIDC_TOKEN_SECONDS),
  ]);
  return { apiToken: api.token, oidcToken: oidc.token };
}
