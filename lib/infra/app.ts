import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { FUNCTIONS } from '../core/shared/functions.ts';
import { hasEdgeAcl, type InstallConfig } from '../install/config.ts';
import { BUILT, ensureBuilt, type AssetFolders } from './assets.ts';
import { builtLayersOf } from './layers.ts';
import type { PlatformStack, StackId } from './platform-stack.ts';
import { ApiStack } from './stacks/api-stack.ts';
import { DatabaseStack } from './stacks/database-stack.ts';
import { DrStack, hasRecoveryStack } from './stacks/dr-stack.ts';
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

type Build = (app: App, config: InstallConfig) => PlatformStack;

/** Which stacks an installation has, in the order of their deployment: each may read what those before it published. */
function stacksOf(config: InstallConfig, folders: AssetFolders): readonly (readonly [StackId, Build])[] {
  const hasNetwork = config.network.mode !== 'custom' || config.api.internal;
  const needsNetwork = config.database.external === null || config.network.mode !== 'none';
  const stacks: (readonly [StackId, boolean, Build])[] = [
    ['kms', true, (app) => new KmsStack(app, config)],
    ['storage', true, (app) => new StorageStack(app, config)],
    ['network', hasNetwork && needsNetwork, (app) => new NetworkStack(app, config)],
    ['database', config.database.external === null, (app) => new DatabaseStack(app, config)],
    ['messaging', true, (app) => new MessagingStack(app, config)],
    ['license', config.license.type !== 'none', (app) => new LicenseStack(app, config, folders)],
    ['api', true, (app) => new ApiStack(app, config, folders)],
    ['drain', true, (app) => new DrainStack(app, config, folders)],
    ['edge', hasEdgeAcl(config), (app) => new EdgeStack(app, config)],
    ['web', config.web.mode === 'cloudfront', (app) => new WebStack(app, config)],
    ['monitoring', true, (app) => new MonitoringStack(app, config)],
    ['dr', hasRecoveryStack(config), (app) => new DrStack(app, config)],
  ];
  return stacks.filter(([, wanted]) => wanted).map(([id, , build]) => [id, build] as const);
}

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
  for (const [, build] of stacksOf(config, folders)) {
    const stack = build(app, config);
    for (const earlier of made) stack.addStackDependency(earlier);
    made.push(stack);
  }
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  for (const { key, value } of config.tags) Tags.of(app).add(key, value);
  return app;
}
