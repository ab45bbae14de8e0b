import semver from 'semver';
import * as z from 'zod/mini';
import { OLDEST_OPENTOFU, type InstallableTool } from './tool-catalogue.ts';
import { OLDEST_TERRAFORM } from './version-constraint.ts';

const TerraformIndex = z.object({ versions: z.record(z.string(), z.unknown()) });
const OpenTofuIndex = z.object({ versions: z.array(z.object({ id: z.string() })) });

/** More than anybody has released; a list that is longer is not one. */
const MOST_VERSIONS = 5000;

/** The versions in a publisher's list that can be offered, newest first. Throws in words for what is no such list. */
export function releasesIn(kind: InstallableTool, text: string): readonly string[] {
  const named = namesIn(kind, text);
  if (named.length > MOST_VERSIONS) throw new Error(`it names ${named.length} versions`);
  const oldest = kind === 'OPEN_TOFU' ? OLDEST_OPENTOFU : OLDEST_TERRAFORM;
  const offered = new Set(named.filter((name) => isRelease(name) && semver.gte(name, oldest)));
  if (offered.size === 0) throw new Error(`it names no version from ${oldest} on`);
  return [...offered].sort(semver.rcompare);
}

function namesIn(kind: InstallableTool, text: string): readonly string[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new Error('it is not JSON', { cause });
  }
  const terraform = kind === 'TERRAFORM_FOSS' ? TerraformIndex.safeParse(document) : undefined;
  if (terraform?.success) return Object.keys(terraform.data.versions);
  const openTofu = kind === 'OPEN_TOFU' ? OpenTofuIndex.safeParse(document) : undefined;
  if (openTofu?.success) return openTofu.data.versions.map(({ id }) => id);
  throw new Error('it has not the form of a list of releases');
}

/** Neither something before a release nor another edition of one. */
function isRelease(name: string): boolean {
  const version = semver.parse(name);
  return version !== null && version.raw === version.version && version.prerelease.length === 0 && version.build.length === 0;
}
