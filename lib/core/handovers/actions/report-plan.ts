import type { ControlResponse, PlanReport } from '../../../protocol/worker-api.ts';
import type { Ports } from '../../ports/ports.ts';
import { policiesOfStack } from '../../policies/attachment-store.ts';
import { invalid } from '../../shared/errors.ts';
import { NO_POLICIES } from '../../runs/plan-verdicts.ts';
import { getStack } from '../../stacks/stack-store.ts';
import { workerRefusal } from '../../workers/worker-refusals.ts';
import type { Worker } from '../../workers/worker.ts';
import { resourcesReported } from '../handover-messages.ts';
import { sanitizationOf } from '../job-package.ts';
import { savePlanReport } from '../plan-report-store.ts';
import { decide } from './decide-plan.ts';
import { loadHandover, type HandoverCall } from './load-handover.ts';
import { controlOf } from './read-control.ts';
import { takeResults } from './take-results.ts';

type Needs = Pick<Ports, 'db' | 'queue' | 'objects' | 'broker' | 'clock' | 'ids' | 'wakeups' | 'telemetry' | 'settings'>;

/**
 * Takes the result of planning and decides at once how the run goes on; the answer is what `control` would say. The message that
 * announces the plan decides in its place when this server ends in between, and whenever policies are to be asked.
 */
export async function reportPlan(ports: Needs, worker: Pick<Worker, 'id'>, call: HandoverCall & { readonly report: PlanReport }): Promise<ControlResponse> {
  const { report } = call;
  const run = await loadHandover(ports, worker, call);
  // Reported before, and the answer was lost: the decision stands.
  if (run.decision !== null) return controlOf(ports, run);
  if (run.state !== 'PLANNING') throw workerRefusal('bad_transition', `run ${run.id} is ${run.state}, not PLANNING`, { runId: run.id, state: run.state });

  const stack = await getStack(ports.db.sql, run.stackId);
  const wanted = sanitizationOf(stack);
  if (report.sanitizedAs !== wanted) throw invalid(`the plan was sanitized as "${report.sanitizedAs}", but the stack asks for "${wanted}"`, { field: 'sanitizedAs' });
  const [{ plan, changes, resources, custom }, policies] = await Promise.all([
    takeResults(ports, run, {
      inline: report.inline,
      named: { plan: report.artifactId, changes: report.changesArtifactId, resources: report.resourcesArtifactId, custom: report.customArtifactId },
    }),
    policiesOfStack(ports.db.sql, stack, ['PLAN', 'APPROVAL']),
  ]);
  if (resources !== undefined) await ports.queue.enqueue(ports.db.sql, resourcesReported, { runId: run.id, artifactId: resources.id });

  const facts = { delta: report.delta, hasChanges: report.hasChanges || report.skipped === true, changesKey: changes?.objectKey ?? null, evidence: { planArtifactId: plan?.id, customArtifactId: custom?.id, skipped: report.skipped } };
  const reported = await savePlanReport(ports, ports.db.sql, run, facts);
  if (reported === undefined) return controlOf(ports, await loadHandover(ports, worker, { runId: call.runId, lease: call.lease }));
  if (policies.some(({ policy }) => policy.type === 'PLAN')) {
    ports.queue.flush();
    return controlOf(ports, reported);
  }
  return controlOf(ports, await decide(ports, reported, stack, { verdicts: { ...NO_POLICIES, hasApprovals: policies.length > 0 }, wishes: [] }));
}
