import { forgetAudit, sweepAudit } from '../../core/audit/actions/tell-audit.ts';
import { sweepSessions } from '../../core/accounts/actions/sweep-sessions.ts';
import { forgetStates } from '../../core/handovers/actions/forget-states.ts';
import { sweepHandovers } from '../../core/handovers/actions/sweep-handovers.ts';
import { forgetNotifications } from '../../core/notifications/actions/read-inbox.ts';
import type { Ports } from '../../core/ports/ports.ts';
import { endDeletingStacks } from '../../core/runs/actions/end-stack.ts';
import { forgetIgnoredTriggers } from '../../core/runs/actions/forget-ignored-triggers.ts';
import { forgetLocalWorkspaces } from '../../core/runs/actions/forget-local-workspaces.ts';
import { sweepUncheckedRuns } from '../../core/runs/actions/recheck-runs.ts';
import { scheduleWaitingStacks } from '../../core/runs/actions/schedule-waiting-stacks.ts';
import { forgetEvaluations } from '../../core/policies/actions/forget-evaluations.ts';
import type { TickName } from '../../core/shared/ticks.ts';
import { sweepMessages } from '../../core/shared/message-store.ts';
import { dropUnusedObjects } from '../../core/stacks/actions/drop-unused-objects.ts';
import { refreshToolVersions } from '../../core/stacks/actions/refresh-tool-versions.ts';
import { sweepStateUploads } from '../../core/state/actions/sweep-state-uploads.ts';
import { sweepRepositories } from '../../core/vcs/actions/sweep-repositories.ts';
import { forgetUsage } from '../../core/usage/actions/forget-usage.ts';
import { reportUsage } from '../../core/usage/actions/report-usage.ts';
import { sampleWorkers } from '../../core/usage/actions/sample-workers.ts';
import { reconcileCertificates } from '../../core/workers/actions/reconcile-certificates.ts';
import { forgetDeliveries } from '../../core/webhooks/actions/forget-deliveries.ts';
import { sweepWorkers } from '../../core/workers/actions/sweep-workers.ts';

type Job = (ports: Ports) => Promise<unknown>;

const forgetMessages: Job = (ports) => sweepMessages(ports.db.sql, ports.clock.now());

/** What each tick does; two at once, or a repeated one, find nothing due. */
export const TICK_JOBS: Readonly<Record<TickName, readonly Job[]>> = {
  tick: [sweepWorkers, scheduleWaitingStacks, sweepUncheckedRuns, sweepHandovers, endDeletingStacks, sweepAudit],
  license: [],
  'vcs-sweep': [sweepRepositories],
  // What is done every hour.
  sessions: [sweepSessions, forgetMessages, sampleWorkers],
  'iot-reconcile': [reconcileCertificates],
  'tool-versions': [refreshToolVersions],
  retention: [
    forgetEvaluations, forgetIgnoredTriggers, forgetLocalWorkspaces, sweepStateUploads, forgetStates, forgetUsage, dropUnusedObjects, forgetAudit,
    forgetNotifications, forgetDeliveries,
  ],
  usage: [reportUsage],
};

/** Runs the jobs of a tick; one that fails does not keep the others from running. Answers why those failed that did. */
export async function runTick(ports: Ports, tick: TickName): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  for (const job of TICK_JOBS[tick]) {
    try {
      await job(ports);
    } catch (error) {
      failures.push(error);
      ports.telemetry.log('error', 'a job of a tick failed', { tick, job: job.name, error });
    }
  }
  return failures;
}
