// The CDK app: `npx cdk synth --all -c config=config.json`.
import { App } from 'aws-cdk-lib';
import { buildApp } from '../lib/infra/app.ts';
import { buildOptions } from '../lib/install/build-options.ts';
import { CONFIGURATION_EXIT_CODE, ConfigurationFault, readConfigFile } from '../lib/install/config-file.ts';

const context = new App({ autoSynth: false, analyticsReporting: false }).node;
const flag = (name: string): boolean => [true, 'true'].includes(context.tryGetContext(name) as boolean | string);

try {
  const path = (context.tryGetContext('config') as string | undefined) ?? 'config.json';
  const { config, warnings } = readConfigFile(path, { allowUnsupportedEngine: flag('allow-unsupported-engine'), ...buildOptions() });
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  buildApp(config).synth();
} catch (fault) {
  if (!(fault instanceof ConfigurationFault)) throw fault;
  process.stderr.write(`${fault.message}\n`);
  process.exitCode = CONFIGURATION_EXIT_CODE;
}
