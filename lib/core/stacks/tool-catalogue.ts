import semver from 'semver';
import type { ToolOnWorker } from '../workers/worker.ts';

export type InstallableTool = ToolOnWorker['kind'];

/** `1.5` to patch 7 as `1.5.0` … `1.5.7`. */
const series = (minor: string, lastPatch: number) => Array.from({ length: lastPatch + 1 }, (_, patch) => `${minor}.${patch}`);

/** Releases under the open-source licence, which ended with 1.5.7. */
const TERRAFORM_FOSS: readonly string[] = [
  ...series('0.12', 31), ...series('0.13', 7), ...series('0.14', 11), ...series('0.15', 5),
  ...series('1.0', 11), ...series('1.1', 9), ...series('1.2', 9), ...series('1.3', 10), ...series('1.4', 7), ...series('1.5', 7),
];

/** Later releases: offered only as far as the operator's range goes. */
const TERRAFORM_LATER: readonly string[] = [
  ...series('1.6', 6), ...series('1.7', 5), ...series('1.8', 5), ...series('1.9', 8), ...series('1.10', 5),
  ...series('1.11', 4), ...series('1.12', 2), ...series('1.13', 5), ...series('1.14', 0),
];

const OPENTOFU: readonly string[] = [
  ...series('1.6', 3), ...series('1.7', 10), ...series('1.8', 11), ...series('1.9', 4), ...series('1.10', 10), ...series('1.11', 1),
];

export const LAST_FOSS_TERRAFORM = '1.5.7';
export const OLDEST_OPENTOFU = '1.6.0';

/** What the publishers list, newest first; absent for a tool whose list was never fetched. */
export type KnownReleases = Readonly<Partial<Record<InstallableTool, readonly string[]>>>;
export const NO_RELEASES: KnownReleases = {};

const newestFirst = (versions: readonly string[]) => [...versions].sort(semver.rcompare);

/**
 * Versions of a tool that any worker can get, newest first: those that its publisher lists, else those that come with the product.
 * `allowed` is the operator's range of further Terraform versions.
 */
export function offeredVersions(kind: InstallableTool, allowed: string | null, known: KnownReleases = NO_RELEASES): readonly string[] {
  if (kind === 'OPEN_TOFU') return newestFirst(known.OPEN_TOFU ?? OPENTOFU);
  const mayOffer = (version: string) => semver.lte(version, LAST_FOSS_TERRAFORM) || (allowed !== null && semver.satisfies(version, allowed));
  return newestFirst((known.TERRAFORM_FOSS ?? [...TERRAFORM_FOSS, ...TERRAFORM_LATER]).filter(mayOffer));
}

export const terraformVersions = (allowed: string | null, known?: KnownReleases): readonly string[] => offeredVersions('TERRAFORM_FOSS', allowed, known);
export const openTofuVersions = (known?: KnownReleases): readonly string[] => offeredVersions('OPEN_TOFU', null, known);

/** A Terraform release that the operator allows, though the list does not know it. */
export function isAllowedExactly(kind: InstallableTool, version: string, allowed: string | null, known: KnownReleases = NO_RELEASES): boolean {
  return kind === 'TERRAFORM_FOSS' && allowed !== null && semver.satisfies(version, allowed) && !wasNeverReleased(kind, version, known);
}

/** Whether the publisher went past a version without releasing it. What would come next may be newer than the list. */
export function wasNeverReleased(kind: InstallableTool, version: string, known: KnownReleases): boolean {
  const list = known[kind];
  if (list === undefined || list.includes(semver.valid(version) ?? version)) return false;
  return list.some((released) => semver.gt(released, version) && semver.diff(released, version) === 'patch');
}
