import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import type { InstallConfig } from '../install/config.ts';
import { buildApp, type BuildOptions } from './app.ts';

/** Writes the templates and assets of an installation to a folder. */
export function synthesize(config: InstallConfig, outdir: string, folders: BuildOptions['folders'] = {}): CloudAssembly {
  return buildApp(config, { outdir, folders }).synth();
}
