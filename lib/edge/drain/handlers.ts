import { assignPool } from '../../core/handovers/actions/assign-pool.ts';
import { decidePlan } from '../../core/handovers/actions/decide-plan.ts';
import { endLostRun } from '../../core/handovers/actions/end-lost-run.ts';
import { expireAssignment } from '../../core/handovers/actions/expire-assignment.ts';
import { saveReportedResources } from '../../core/handovers/actions/report-outputs.ts';
import { assignmentExpired, planReported, resourcesReported, runDueAgain } from '../../core/handovers/handover-messages.ts';
import { tellAudit } from '../../core/audit/actions/tell-audit.ts';
import { hearRun } from '../../core/notifications/actions/hear-run.ts';
import { tellError } from '../../core/notifications/actions/tell-error.ts';
import { tellRun } from '../../core/notifications/actions/tell-run.ts';
import { runTold } from '../../core/notifications/notification-messages.ts';
import { endStack, settleEndedRun } from '../../core/runs/actions/end-stack.ts';
import { checkRun } from '../../core/runs/actions/check-run.ts';
import { recheckRuns } from '../../core/runs/actions/recheck-runs.ts';
import { scheduleStack } from '../../core/runs/actions/schedule-stack.ts';
import { dependencyReported, runAdvanced, runCheckDue } from '../../core/runs/run-messages.ts';
import { continueReplay } from '../../core/policies/actions/replay-policy.ts';
import { policyChanged, policyReplayDue } from '../../core/policies/policy-messages.ts';
import { auditWritten } from '../../core/shared/audit-store.ts';
import { internalErrorRaised } from '../../core/shared/internal-error.ts';
import { stackDeletionRequested, stackEnabled } from '../../core/stacks/stack-messages.ts';
import { extractState } from '../../core/state/actions/extract-state.ts';
import { stateReplaced } from '../../core/state/state-messages.ts';
import { noticeEnd, triggerFollowers } from '../../core/triggers/actions/trigger-followers.ts';
import { followersDue } from '../../core/triggers/trigger-messages.ts';
import { handleRepositoryChange } from '../../core/triggers/actions/handle-repository-change.ts';
import { takeDelivery } from '../../core/triggers/actions/take-delivery.ts';
import { deliveryReceived, repositoryChanged } from '../../core/vcs/vcs-messages.ts';
import { sendUsageReport } from '../../core/usage/actions/send-usage-report.ts';
import { usageReportDue } from '../../core/usage/usage-messages.ts';
import { deliver } from '../../core/webhooks/actions/deliver.ts';
import { deliveryDue } from '../../core/webhooks/webhook-messages.ts';
import { checkWorker } from '../../core/workers/actions/check-worker.ts';
import { reconcileCertificates } from '../../core/workers/actions/reconcile-certificates.ts';
import { recordReport } from '../../core/workers/actions/record-report.ts';
import { certificatesDue, poolChanged, workerCheck, workerLost, workerReport } from '../../core/workers/worker-messages.ts';
import { on, registry } from './registry.ts';

/** The one place where the fan-out of messages can be read. */
export const dispatch = registry([
  on(deliveryReceived, takeDelivery),
  on(repositoryChanged, handleRepositoryChange),
  on(runAdvanced, async (ports, body) => {
    await scheduleStack(ports, body);
    await settleEndedRun(ports, body);
    await hearRun(ports, body);
    await noticeEnd(ports, body);
  }),
  on(dependencyReported, scheduleStack),
  on(runCheckDue, checkRun),
  on(followersDue, triggerFollowers),
  on(policyChanged, recheckRuns),
  on(policyReplayDue, continueReplay),
  on(stackEnabled, scheduleStack),
  on(stackDeletionRequested, endStack),
  on(poolChanged, assignPool),
  on(assignmentExpired, expireAssignment),
  on(runDueAgain, assignPool),
  on(planReported, decidePlan),
  on(resourcesReported, saveReportedResources),
  on(workerReport, (ports, { receivedAt, ...report }) => recordReport(ports, { ...report, receivedAt: new Date(receivedAt) })),
  on(workerCheck, checkWorker),
  on(workerLost, endLostRun),
  on(certificatesDue, reconcileCertificates),
  on(stateReplaced, extractState),
  on(runTold, tellRun),
  on(internalErrorRaised, (ports, fault, { id }) => tellError(ports, fault, id)),
  on(auditWritten, tellAudit),
  on(deliveryDue, deliver),
  on(usageReportDue, sendUsageReport),
]);
