import { Annotations } from 'aws-cdk-lib';
import { Architecture, Code, LayerVersion, type ILayerVersion } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { builtLayer, writeCaLayer, type AssetFolders, type LayerName } from './assets.ts';
import type { InstallConfig } from '../install/config.ts';
import type { PlatformStack } from './platform-stack.ts';

/** Layers that a build makes, as opposed to the one that the configuration fills. */
export function builtLayersOf({ telemetry: { vendor } }: InstallConfig): readonly LayerName[] {
  const telemetry = vendor === 'AWS' ? 'telemetry' : vendor === 'OpenTelemetry' ? 'telemetry-otel' : undefined;
  return telemetry === undefined ? ['opa-arm64'] : [telemetry, 'opa-arm64'];
}

/** What bundles do not hold: the tracing library, the policy engine, the operator's root certificates. */
export class Layers extends Construct {
  readonly telemetry?: ILayerVersion;
  readonly 'opa-arm64'?: ILayerVersion;
  readonly ca?: ILayerVersion;

  constructor(stack: PlatformStack, folders: AssetFolders, wanted: { readonly policyEngine: boolean }) {
    super(stack, 'Layers');
    const { telemetry: { vendor }, caCertificates } = stack.config;
    if (vendor === 'AWS') this.telemetry = this.#built(folders, 'telemetry', 'tracing library');
    if (vendor === 'OpenTelemetry') this.telemetry = this.#built(folders, 'telemetry-otel', 'tracing library');
    if (wanted.policyEngine) this['opa-arm64'] = this.#built(folders, 'opa-arm64', 'policy engine');
    if (caCertificates.length > 0) this.ca = this.#layer('ca', writeCaLayer(folders.outdir, caCertificates), 'root certificates of the operator');
  }

  #built(folders: AssetFolders, name: LayerName, description: string): ILayerVersion | undefined {
    const folder = builtLayer(folders, name);
    if (folder !== undefined) return this.#layer(name, folder, description);
    Annotations.of(this).addWarningV2(
      `windlass:layer-${name}`,
      `the layer ${name} (${description}) is not built on this machine; functions are deployed without it`,
    );
    return undefined;
  }

  #layer = (name: LayerName, folder: string, description: string): ILayerVersion =>
    new LayerVersion(this, name, { code: Code.fromAsset(folder), description, compatibleArchitectures: [Architecture.ARM_64] });
}
