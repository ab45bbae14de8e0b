import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { synthesize } from '../../../lib/infra/synthesize.ts';
import type { InstallConfig } from '../../../lib/install/config.ts';
import { builtEngine } from '../../../lib/policy-engine/binary.ts';
import { goodConfig, ROOT } from '../infra.ts';
import type { Template } from './template.ts';

export interface Assembly {
  readonly config: InstallConfig;
  /** In the order of their deployment. */
  readonly stacks: readonly { readonly name: string; readonly template: Template }[];
  /** The folder that would be uploaded under a key. */
  assetFolder(key: string): string;
}

let built: Promise<unknown> | undefined;

/** Bundles as they are deployed, made anew where a source is younger. */
export function buildBundles(): Promise<unknown> {
  built ??= promisify(execFile)(process.execPath, ['--no-warnings', join(ROOT, 'bin', 'build.ts'), '--lambdas'], { cwd: ROOT });
  return built;
}

/** Layers as they are deployed, with a policy engine for this machine in place of one for the service's. */
async function layOutLayers(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const telemetry = join(ROOT, 'dist', 'layers', 'telemetry');
  if (existsSync(telemetry)) await cp(telemetry, join(folder, 'telemetry'), { recursive: true });
  const engine = await builtEngine(ROOT);
  if (engine === undefined) return;
  await mkdir(join(folder, 'opa-arm64'), { recursive: true });
  await copyFile(engine, join(folder, 'opa-arm64', 'policy-engine'));
}

export interface AssemblyOptions {
  readonly folder: string;
  /** Where the API will be found. */
  readonly hostname: string;
  /** Changes to the example's file. */
  readonly changes?: Readonly<Record<string, unknown>>;
}

/** The templates of an installation whose file is the example with an administrator who signs in by password. */
export async function assemble(options: AssemblyOptions): Promise<Assembly> {
  await buildBundles();
  const layers = join(options.folder, 'layers');
  await layOutLayers(layers);
  // Nothing asks beyond this machine of its own accord.
  const own = { sso_config: null, admin: { username: 'admin', password: 'unused-here' }, tools: { versions_from: 'off' } };
  const { config: read } = goodConfig({ ...own, ...options.changes });
  // A loopback address is no name that a file may hold.
  const config: InstallConfig = { ...read, hostname: options.hostname };
  const outdir = join(options.folder, 'cdk.out');
  await rm(outdir, { recursive: true, force: true });
  const assembly = synthesize(config, outdir, { layers });
  return {
    config,
    stacks: assembly.stacks.map((stack) => ({ name: stack.stackName, template: stack.template as Template })),
    assetFolder(key) {
      const folder = join(outdir, `asset.${key.replace(/\.zip$/, '')}`);
      if (!existsSync(folder)) throw new Error(`no asset is uploaded as ${key}`);
      return folder;
    },
  };
}
