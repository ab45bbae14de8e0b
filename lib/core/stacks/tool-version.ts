import semver from 'semver';
import type { VersionChoice } from '../../protocol/job.ts';
import { invalid } from '../shared/errors.ts';
import type { ToolOnWorker } from '../workers/worker.ts';
import type { RunSettings } from './run-settings.ts';
import type { Stack } from './stack.ts';
import { isAllowedExactly, LAST_FOSS_TERRAFORM, NO_RELEASES, offeredVersions, wasNeverReleased } from './tool-catalogue.ts';
import type { InstallableTool, KnownReleases } from './tool-catalogue.ts';
import { asRange, checkedConstraint, isExact } from './version-constraint.ts';

export interface VersionQuestion {
  readonly stack: Pick<Stack, 'lastAppliedVersion'>;
  readonly settings: Pick<RunSettings, 'tool'>;
  /** Tools that the worker has on its PATH: they need no catalogue and no download. */
  readonly offered: readonly ToolOnWorker[];
  /** The operator's range of Terraform versions beyond the last open-source one. */
  readonly allowed: string | null;
  /** The publishers' lists, as far as they were fetched. */
  readonly known?: KnownReleases;
}

const NAMES: Readonly<Record<InstallableTool, string>> = { TERRAFORM_FOSS: 'Terraform', OPEN_TOFU: 'OpenTofu' };

/**
 * The exact version of a run's tool. What lies on the worker wins where it fits; otherwise the newest that fits.
 * A version below the one last applied with would not read the state: an exact wish is raised to it, a range fails.
 */
export function resolveToolVersion(question: VersionQuestion): VersionChoice {
  const { kind, constraint } = question.settings.tool;
  if (kind === 'CUSTOM') return { kind, version: null };

  const floor = question.stack.lastAppliedVersion;
  const checked = checkedConstraint(constraint, kind === 'OPEN_TOFU' ? 'opentofu' : 'terraform');
  const wanted = checked === null ? null : raised(checked, floor);
  const version = newestFitting(kind, wanted, question) ?? refuse(kind, wanted, question);
  if (floor !== null && semver.valid(floor) !== null && semver.lt(version, floor)) {
    throw invalid(`${NAMES[kind]} ${version} is older than ${floor}, with which this stack was last applied: allow ${floor} or newer`, { version, lastAppliedVersion: floor });
  }
  return { kind, version };
}

function raised(constraint: string, floor: string | null): string {
  const isBelow = floor !== null && semver.valid(floor) !== null && isExact(constraint) && semver.lt(constraint.trim(), floor);
  return isBelow ? floor : constraint;
}

/** Whether tools on workers decide the question, or nothing needs to: then no list of releases matters. */
export function isSettledByWorkers(question: VersionQuestion): boolean {
  const { kind, constraint } = question.settings.tool;
  if (kind === 'CUSTOM') return true;
  const wanted = constraint === null || asRange(constraint) === undefined ? null : raised(constraint, question.stack.lastAppliedVersion);
  return newestOnWorkers(kind, wanted, question) !== undefined;
}

const fitsRange = (range: semver.Range | undefined) => (version: string) =>
  semver.valid(version) !== null && (range === undefined || semver.satisfies(version, range));

function newestOnWorkers(kind: InstallableTool, constraint: string | null, { offered, stack }: VersionQuestion): string | undefined {
  const fits = fitsRange(constraint === null ? undefined : asRange(constraint));
  const floor = stack.lastAppliedVersion;
  const isHighEnough = (version: string) => floor === null || semver.valid(floor) === null || semver.gte(version, floor);
  const onWorker = offered.filter((tool) => tool.kind === kind && fits(tool.version) && isHighEnough(tool.version)).map((tool) => tool.version);
  return onWorker.sort(semver.rcompare)[0];
}

function newestFitting(kind: InstallableTool, constraint: string | null, question: VersionQuestion): string | undefined {
  const { allowed, known } = question;
  const onWorker = newestOnWorkers(kind, constraint, question);
  if (onWorker !== undefined) return onWorker;
  const exact = constraint !== null && isExact(constraint) ? constraint.trim() : undefined;
  if (exact !== undefined && isAllowedExactly(kind, exact, allowed, known)) return semver.valid(exact) ?? undefined;
  return offeredVersions(kind, allowed, known).find(fitsRange(constraint === null ? undefined : asRange(constraint)));
}

function refuse(kind: InstallableTool, constraint: string | null, { offered, allowed, known = NO_RELEASES }: VersionQuestion): never {
  if (constraint !== null && isExact(constraint) && wasNeverReleased(kind, constraint.trim(), known)) {
    throw invalid(`there is no ${NAMES[kind]} ${constraint.trim()}: its publisher went past it without a release`, { kind, constraint });
  }
  const onWorker = [...new Set(offered.filter((tool) => tool.kind === kind).map((tool) => tool.version))];
  const newest = offeredVersions(kind, allowed, known)[0] ?? 'none';
  const hint = kind === 'TERRAFORM_FOSS' && allowed === null ? `; versions after ${LAST_FOSS_TERRAFORM} need TERRAFORM_ALLOWED_VERSIONS, or the tool on the worker's PATH` : '';
  const own = onWorker.length > 0 ? `, the worker has ${onWorker.join(', ')}` : '';
  throw invalid(`no offered ${NAMES[kind]} version satisfies "${constraint ?? '*'}": the newest offered is ${newest}${own}${hint}`, { kind, constraint });
}
