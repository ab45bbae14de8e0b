import { assignPool } from '../../core/handovers/actions/assign-pool.ts';
import { decidePlan } from '../../core/handovers/actions/decide-plan.ts';
import { endLostRun } from '../../core/handovers/actions/end-lost-run.ts';
import { expireAssignment } from '../../core/handovers/actions/expire-assignment.ts';
import { saveReportedResources } from '../../core/handovers/actions/report-outputs.ts';
import { assignmentExpired, planReported, resourcesReported } from '../../core/handovers/handover-messages.ts';
import { endStack, settleEndedRun } from '../../core/runs/actions/end-stack.ts';
import { scheduleStack } from '../../core/runs/actions/schedule-stack.ts';
import { runAdvanced } from '../../core/runs/run-messages.ts';
import { stackDeletionRequested, stackEnabled } from '../../core/stacks/stack-messages.ts';
import { extractState } from '../../core/state/actions/extract-state.ts';
import { stateReplaced } from '../../core/state/state-messages.ts';
import { handleRepositoryChange } from '../../core/triggers/actions/handle-repository-change.ts';
import { repositoryChanged } from '../../core/vcs/vcs-messages.ts';
import { checkWorker } from '../../core/workers/actions/check-worker.ts';
import { recordReport } from '../../core/workers/actions/record-report.ts';
import { poolChanged, workerCheck, workerLost, workerReport } from '../../core/workers/worker-messages.ts';
import { on, registry } from './registry.ts';

/** The one place where the fan-out of messages can be read. */
export const dispatch = registry([
  on(repositoryChanged, handleRepositoryChange),
  on(runAdvanced, async (ports, body) => {
    await scheduleStack(ports, body);
    await settleEndedRun(ports, body);
  }),
  on(stackEnabled, scheduleStack),
  on(stackDeletionRequested, endStack),
  on(poolChanged, assignPool),
  on(assignmentExpired, expireAssignment),
  on(planReported, decidePlan),
  on(resourcesReported, saveReportedResources),
  on(workerReport, (ports, { receivedAt, ...report }) => recordReport(ports, { ...report, receivedAt: new Date(receivedAt) })),
  on(workerCheck, checkWorker),
  on(workerLost, endLostRun),
  on(stateReplaced, extractState),
]);
