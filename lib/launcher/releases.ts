import { HASHICORP_KEY } from './keys/hashicorp.ts';
import { OPENTOFU_KEY } from './keys/opentofu.ts';
import type { PublisherKey } from './release-signature.ts';

export type DownloadedKind = 'TERRAFORM_FOSS' | 'OPEN_TOFU';

/** Where a version's files are, and who signs them. */
export interface Release {
  readonly archive: string;
  /** Address of a file of this release. */
  readonly url: (file: string) => string;
  readonly sums: string;
  /** Tried in order. */
  readonly signatures: readonly string[];
  readonly keys: readonly PublisherKey[];
}

export const PUBLISHER_KEYS: Readonly<Record<DownloadedKind, readonly PublisherKey[]>> = { TERRAFORM_FOSS: [HASHICORP_KEY], OPEN_TOFU: [OPENTOFU_KEY] };

export function releaseOf(kind: DownloadedKind, version: string, platform: { readonly os: string; readonly arch: string }, mirror: string | null, keys = PUBLISHER_KEYS): Release {
  const suffix = `${platform.os}_${platform.arch}.zip`;
  if (kind === 'TERRAFORM_FOSS') {
    const base = mirror === null ? 'https://releases.hashicorp.com/terraform' : `${mirror}/terraform`;
    return {
      archive: `terraform_${version}_${suffix}`,
      url: (file) => `${base}/${version}/${file}`,
      sums: `terraform_${version}_SHA256SUMS`,
      signatures: [`terraform_${version}_SHA256SUMS.72D7468F.sig`, `terraform_${version}_SHA256SUMS.sig`],
      keys: keys[kind],
    };
  }
  const base = mirror === null ? 'https://github.com/opentofu/opentofu/releases/download' : `${mirror}/opentofu`;
  return {
    archive: `tofu_${version}_${suffix}`,
    url: (file) => `${base}/v${version}/${file}`,
    sums: `tofu_${version}_SHA256SUMS`,
    signatures: [`tofu_${version}_SHA256SUMS.gpgsig`],
    keys: keys[kind],
  };
}

/** Names of this machine in release files. */
export function thisPlatform(): { readonly os: string; readonly arch: string } {
  const arch: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', ia32: '386', arm: 'arm' };
  return { os: process.platform === 'win32' ? 'windows' : process.platform, arch: arch[process.arch] ?? process.arch };
}
