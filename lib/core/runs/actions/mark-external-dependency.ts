import type { Ports } from '../../ports/ports.ts';
import { can, type Actor } from '../../shared/actor.ts';
import { auditRow } from '../../shared/audit-store.ts';
import { conflict, forbidden, notFound } from '../../shared/errors.ts';
import { saveMessages } from '../../shared/message-store.ts';
import { canRead } from '../../spaces/space-rights.ts';
import type { DependencyStatus } from '../external-dependency.ts';
import { lastReport, reportToRuns, spacesOfDependency, type DependentRun } from '../external-dependency-store.ts';
import { dependencyReported } from '../run-messages.ts';

const AT_ONCE = 200;

type Needs = Pick<Ports, 'db' | 'queue' | 'clock' | 'ids'>;

export interface DependencyReport {
  readonly dependency: string;
  readonly status: DependencyStatus;
}

/**
 * Tells all runs that wait for something outside what became of it; scheduling lets them go on or ends them. The same said again changes
 * nothing. Runs that are made later wait for a report of their own.
 */
export async function markExternalDependency(ports: Needs, actor: Actor, report: DependencyReport): Promise<void> {
  if (actor.kind === 'run') throw forbidden('a run may not look at runs or change them with its own token');
  await ports.db.transaction(async ({ sql }) => {
    let told: readonly DependentRun[];
    let isNews = false;
    do {
      told = await reportToRuns(sql, { ...report, at: ports.clock.now() }, AT_ONCE);
      if (told.length === 0) break;
      isNews = true;
      await sql.insertInto('audit').values(told.map((run) => auditOf(ports, actor, run, report))).execute();
      const stackIds = new Set(told.filter(({ ended }) => !ended).map(({ stackId }) => stackId));
      await saveMessages(ports, sql, dependencyReported, [...stackIds].map((stackId) => ({ stackId })));
    } while (told.length === AT_ONCE);
    // Asked last, so that a run made in between counts as well; a refusal takes everything back.
    requireWriter(actor, report, await spacesOfDependency(sql, report.dependency));
    if (!isNews) requireSame(report, await lastReport(sql, report.dependency));
  });
  ports.queue.flush();
}

function requireWriter(actor: Actor, { dependency }: DependencyReport, spaceIds: readonly string[]): void {
  if (!spaceIds.some((space) => canRead(actor, space)))
    throw notFound(`no run waits for the external dependency "${dependency}": report it after the push that makes the run`, { dependency });
  const closed = spaceIds.filter((space) => !can(actor, 'space:write', space));
  if (closed.length === 0) return;
  const named = closed.filter((space) => canRead(actor, space));
  const where = named.length === closed.length ? `: it lacks in ${named.join(', ')}` : '';
  throw forbidden(`you need the right space:write in every space with a run that waits for the external dependency "${dependency}"${where}`, { dependency });
}

function requireSame({ dependency, status }: DependencyReport, before: string | null): void {
  if (before === null || before === status) return;
  throw conflict(`external dependency "${dependency}" was reported as ${before} already, and no run waits for it any more`, { dependency, status: before });
}

const auditOf = (ports: Needs, actor: Actor, { runId, stackId, spaceId }: DependentRun, { dependency, status }: DependencyReport) =>
  auditRow(ports, actor, {
    action: 'run.mark-external-dependency', resourceType: 'run', resourceId: runId, spaceId, relatedType: 'stack', relatedId: stackId,
    body: { dependency, status },
  });
