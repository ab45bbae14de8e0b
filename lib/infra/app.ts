import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { FUNCTIONS } from '../core/shared/functions.ts';
import type { InstallConfig } from '../install/config.ts';
import { wantedStacks } from '../install/wanted-stacks.ts';
import { BUILT, ensureBuilt, type AssetFolders } from './assets.ts';
import { builtLayersOf } from './layers.ts';
import type { PlatformStack, StackId } from './platform-stack.ts';
import { ApiStack } from './stacks/api-stack.ts';
import { DatabaseStack } from './stacks/database-stack.ts';
import { DrStack } from './stacks/dr-stack.ts';
import { DrainStack } from './stacks/drain-stack.ts';
import { EdgeStack } from './stacks/edge-stack.ts';
import { KmsStack } from './stacks/kms-stack.ts';
import { LicenseStack } from './stacks/license-stack.ts';
import { MessagingStack } from './stacks/messaging-stack.ts';
import { MonitoringStack } from './stacks/monitoring-stack.ts';
import { NetworkStack } from './stacks/network-stack.ts';
import { StorageStack } from './stacks/storage-stack.ts';
import { WebStack } from './stacks/web-stack.ts';

/** Behaviour of the library that is better than its default, which stays as it was for old users. */
const FEATURES = {
  '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': true,
  '@aws-cdk/aws-lambda:recognizeLayerVersion': true,
  '@aws-cdk/customresources:installLatestAwsSdkDefault': false,
  '@aws-cdk/aws-apigateway:authorizerChangeDeploymentLogicalId': true,
  '@aws-cdk/core:checkSecretUsage': true,
} as const;

type Build = (app: App, config: InstallConfig, folders: AssetFolders) => PlatformStack;

const BUILD: Readonly<Record<StackId, Build>> = {
  kms: (app, config) => new KmsStack(app, config),
  storage: (app, config) => new StorageStack(app, config),
  network: (app, config) => new NetworkStack(app, config),
  database: (app, config) => new DatabaseStack(app, config),
  messaging: (app, config) => new MessagingStack(app, config),
  license: (app, config, folders) => new LicenseStack(app, config, folders),
  api: (app, config, folders) => new ApiStack(app, config, folders),
  drain: (app, config, folders) => new DrainStack(app, config, folders),
  edge: (app, config) => new EdgeStack(app, config),
  web: (app, config) => new WebStack(app, config),
  monitoring: (app, config) => new MonitoringStack(app, config),
  dr: (app, config) => new DrStack(app, config),
};

export interface BuildOptions {
  readonly outdir?: string;
  /** Other places of built code than `dist`. */
  readonly folders?: Partial<Pick<AssetFolders, 'bundles' | 'layers'>>;
}

/** The whole installation, ready to be synthesised. */
export function buildApp(config: InstallConfig, options: BuildOptions = {}): App {
  const app = new App({ ...(options.outdir === undefined ? {} : { outdir: options.outdir }), context: FEATURES, autoSynth: false, analyticsReporting: false });
  const folders: AssetFolders = { ...BUILT, ...options.folders, outdir: app.outdir };
  ensureBuilt(folders, { entries: [...new Set(Object.values(FUNCTIONS).map(({ entry }) => entry))], layers: builtLayersOf(config) });
  const made: PlatformStack[] = [];
  for (const id of wantedStacks(config)) {
    const stack = BUILD[id](app, config, folders);
    for (const earlier of made) stack.addStackDependency(earlier);
    made.push(stack);
  }
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  for (const { key, value } of config.tags) Tags.of(app).add(key, value);
  return app;
}
