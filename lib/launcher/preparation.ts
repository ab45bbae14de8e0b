import { createHash, randomBytes } from 'node:crypto';
import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { copyFile, mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as semver from 'semver';
import type { Job, JobPackage } from '../protocol/job.ts';
import { openBuffer, packageContext } from '../protocol/envelope.ts';
import type { HandoverParts } from './handover-parts.ts';
import { RunFailure } from './handover-parts.ts';
import { readBody } from './http-client.ts';
import { withLiveAddress } from './live-address.ts';
import { messageOf } from './log.ts';
import { rescueFile } from './handover-record.ts';
import { injectBackend } from './managed-backend.ts';
import type { SecretSet } from './mask.ts';
import { writeMountedFiles } from './mounted-files.ts';
import { learnSecrets, RunEnvironment } from './run-environment.ts';
import { readOfStep } from './run-folder.ts';
import type { RunFolder } from './run-folder.ts';
import type { RunLog } from './run-log.ts';
import type { RunApi } from './run-api.ts';
import { fetchSource } from './source.ts';
import { stateCalls } from './state-calls.ts';
import { startStateProxy } from './state-proxy.ts';
import type { StateAccess, StateProxy } from './state-proxy.ts';
import { giveFolder } from './step-user.ts';
import { ToolCommands, type RunCommands } from './tool-commands.ts';
import type { ResolvedTool } from './tools.ts';
import { WorkflowCommands } from './workflow-commands.ts';
import { WorkflowFile } from './workflow-file.ts';
import { restoreWorkspace } from './workspace.ts';

export interface Preparation {
  readonly parts: HandoverParts;
  readonly job: Job;
  readonly run: RunApi;
  readonly folder: RunFolder;
  readonly log: RunLog;
  readonly secrets: SecretSet;
  readonly signal: AbortSignal;
  /** The handover is no longer this worker's. */
  readonly abandoned: AbortSignal;
  readonly stateAccess: () => StateAccess;
  /** The server chose anew, after what the archive brought. */
  readonly chosen: (choice: string | undefined) => void;
  /** Resolves once the platform knows the state that the run is in, or will not know it. */
  readonly stateAgreed: () => Promise<unknown>;
}

export interface Prepared {
  readonly pkg: JobPackage;
  readonly commands: RunCommands;
  readonly toolFolder: string;
  readonly environment: RunEnvironment;
  readonly proxy: StateProxy | undefined;
  /** Providers of the saved workspace that this machine has not got. */
  readonly missingProviders: readonly string[];
}

/** Everything up to the first step: package, source or saved workspace, mounted files, tool, state proxy. */
export async function prepare(preparation: Preparation): Promise<Prepared> {
  const { parts, job, folder, log, secrets } = preparation;
  folder.make();
  const first = await openPackage(preparation, job.package);
  learn(preparation, first);
  await parts.initializationPolicy?.require(first, (line) => log.say(line));
  let pkg = first;
  // The archive of a local preview brings its own settings, so the rest waits for it.
  if (pkg.run.localPreview && job.phase === 'INITIAL') pkg = await withUploadedConfig(preparation, pkg);
  const starting = pkg.state.managed ? startProxy(preparation, pkg) : undefined;
  try {
    const [tool, missingProviders, proxy] = await Promise.all([
      pkg.tool.kind === 'CUSTOM' ? undefined : resolveTool(preparation, pkg),
      pkg.run.localPreview && job.phase === 'INITIAL' ? [] : bringFiles(preparation, pkg),
      starting,
    ]);
    if (pkg.sanitize === 'smart' && tool?.command === 'terraform' && semver.lt(tool.version, '1.0.1')) throw new RunFailure('smart sanitization needs Terraform 1.0.1 or later');
    const toolFolder = existingToolFolder(folder, pkg);
    if (pkg.files.length > 0) await writeMountedFiles(pkg.files, folder.workspace);
    if (pkg.state.managed && job.phase === 'INITIAL') injectBackend(toolFolder, tool);
    const environment = new RunEnvironment({ config: parts.config, pkg, folder, tool, toolFolder, pluginCacheFolder: parts.pluginCache.folder, stateAccess: proxy?.access, secrets });
    environment.writeFiles();
    const commands = tool === undefined ? new WorkflowCommands(WorkflowFile.read([folder.source, folder.workspace]), pkg) : new ToolCommands(tool, pkg);
    await giveFolder(folder.workspace, parts.stepUser);
    return { pkg, commands, toolFolder, environment, proxy: proxy?.proxy, missingProviders };
  } catch (error) {
    await starting?.then(({ proxy }) => proxy.close(), () => undefined);
    throw error;
  } finally {
    if (pkg.image.source !== 'default') log.say(`The runner image ${pkg.image.ref} is ignored: this worker runs steps as processes`);
  }
}

async function openPackage({ parts, job, run, signal }: Preparation, reference: Job['package']): Promise<JobPackage> {
  const fetched = () => withLiveAddress(reference, () => run.packageDownload(reference.sha256), ({ url }) => run.server.getObject(url, { signal }));
  const sealed = reference.content === undefined
    ? await readBody(await fetched(), Math.max(reference.bytes, 1) + 1024)
    : Buffer.from(reference.content, 'base64');
  if (createHash('sha256').update(sealed).digest('hex') !== reference.sha256) throw new RunFailure('the package of the run is not what the server stored');
  const pkg = JSON.parse(openBuffer(parts.config.privateKey, packageContext(job.run.id, job.lease), sealed).toString('utf8')) as JobPackage;
  if (pkg.v !== 1) throw new RunFailure(`the package has the unknown version ${String(pkg.v)}; update the launcher`);
  return pkg;
}

function learn({ secrets, parts, log }: Preparation, pkg: JobPackage): void {
  log.useMasking(pkg.masking);
  for (const name of learnSecrets(secrets, pkg, parts.config)) log.say(`The secret variable ${name} is too short to be masked in logs`);
}

/** Fetches the uploaded archive, and the package anew when it brings a configuration file. */
async function withUploadedConfig(preparation: Preparation, pkg: JobPackage): Promise<JobPackage> {
  const { folder, run } = preparation;
  await bringFiles(preparation, pkg);
  const path = join(folder.source, '.spacelift', 'config.yml');
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) throw new RunFailure('.spacelift/config.yml of the archive is a link');
  const text = readOfStep(path, undefined, 256 * 1024);
  if (text === undefined) return pkg;
  const answer = await run.reportConfig(text);
  preparation.chosen(answer.choice);
  const renewed = await openPackage(preparation, answer.package);
  learn(preparation, renewed);
  return renewed;
}

async function bringFiles({ parts, job, run, folder, log, signal }: Preparation, pkg: JobPackage): Promise<readonly string[]> {
  if (job.phase === 'INITIAL') {
    const { config, api } = parts;
    const { source } = pkg;
    await fetchSource(source, folder.source, {
      api, renewed: run.sourceDownload, signal, environment: config.environment, privateVcs: config.privateVcs, helperFolder: folder.private, rootCas: config.additionalRootCas, debug: (args) => parts.log.debug('running', { command: args.join(' ') }),
    });
    if (source.kind === 'git') log.say(`Fetched ${source.commit} of ${source.url}`);
    return [];
  }
  if (!job.workspace) throw new RunFailure('the workspace of the run is gone; trigger a new run');
  const response = await withLiveAddress(job.workspace, run.workspaceDownload, ({ url }) => run.server.getObject(url, { signal }));
  try {
    const missing = await restoreWorkspace(response.body, folder, job.run.id, parts.config.privateKey);
    log.say('Restored the workspace');
    return missing;
  } catch (cause) {
    throw new RunFailure(`the saved workspace cannot be restored: ${messageOf(cause)}`, { cause });
  }
}

async function resolveTool({ parts, log, signal }: Preparation, pkg: JobPackage): Promise<ResolvedTool> {
  const tool = await parts.tools.resolve(pkg.tool, signal, (line) => log.say(line));
  const { config, stepUser } = parts;
  const usable = tool.source === 'path' || !stepUser ? tool : { ...tool, path: await copyForSteps(tool.path, config.runRoot) };
  log.say(`Using ${tool.command} ${tool.version} from ${tool.source === 'path' ? tool.path : tool.source === 'cache' ? "the launcher's cache" : 'its publisher, signature and checksum verified'}`);
  if (parts.warning) log.say(parts.warning);
  return usable;
}

/** The cache may lie where the steps' user cannot reach; the run root does not. */
async function copyForSteps(path: string, runRoot: string): Promise<string> {
  const target = join(runRoot, 'tools', basename(dirname(path)), basename(path));
  if (existsSync(target)) return target;
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  const temporary = `${target}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await copyFile(path, temporary);
  await rename(temporary, target);
  return target;
}

async function startProxy({ parts, run, folder, secrets, stateAccess, stateAgreed, abandoned }: Preparation, pkg: JobPackage) {
  const password = randomBytes(32).toString('base64url');
  secrets.add(password);
  const proxy = await startStateProxy({
    bind: { host: parts.config.stateProxyBind, port: 0 },
    api: stateCalls(run, pkg.state.workspace, stateAgreed),
    workspace: pkg.state.workspace,
    username: pkg.run.id,
    password,
    spoolFolder: folder.private,
    access: stateAccess,
    // What a worker that lost its run had still to write is not lost with it.
    onUnsent: (path) => abandoned.aborted && rescueFile(parts.config.workDir, run, path),
    onFault: (error) => parts.log.warn('the state could not be reached', { runId: pkg.run.id, error: messageOf(error) }),
  });
  return { proxy, access: { address: proxy.address, username: pkg.run.id, password } };
}

function existingToolFolder(folder: RunFolder, pkg: JobPackage): string {
  const { projectRoot } = pkg.stack;
  const path = folder.toolFolder(projectRoot);
  const facts = lstatSync(path, { throwIfNoEntry: false });
  if (projectRoot !== '' && !facts?.isDirectory()) throw new RunFailure(`the project root ${JSON.stringify(projectRoot)} is no folder of the source`);
  const real = realpathSync(path);
  if (!`${real}/`.startsWith(`${realpathSync(folder.source)}/`)) throw new RunFailure(`the project root ${JSON.stringify(projectRoot)} leads out of the source`);
  return path;
}
