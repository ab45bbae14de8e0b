import { completeArtifact } from '../../core/handovers/actions/complete-artifact.ts';
import { createArtifact } from '../../core/handovers/actions/create-artifact.ts';
import { reportOutputs } from '../../core/handovers/actions/report-outputs.ts';
import { reportPlan } from '../../core/handovers/actions/report-plan.ts';
import type { Ports } from '../../core/ports/ports.ts';
import { ArtifactRequest, OutputsReport, PlanReport } from '../../protocol/worker-api.ts';
import type { Route } from './router.ts';
import { emptyAnswer, parseBody, workerAnswer } from './worker-request.ts';
import { onceRunRoute, runRoute } from './worker-run-call.ts';

/** What a worker found out: plans, changes, resources, outputs. */
export function workerResultRoutes(ports: Ports): readonly Route[] {
  return [
    onceRunRoute(ports, 'POST', 'artifacts', async ({ request, worker, run, body, runId, lease }) => workerAnswer(request, await createArtifact(ports, worker, { runId, lease, run, request: parseBody(ArtifactRequest, body) }))),
    runRoute(ports, 'POST', 'artifacts/:artifact/complete', async ({ request, worker, params, runId }) => {
      await completeArtifact(ports, worker, { runId, artifactId: params.artifact ?? '' });
      return emptyAnswer(request);
    }),
    runRoute(ports, 'POST', 'plan', async ({ request, worker, run, body, runId, lease }) => workerAnswer(request, await reportPlan(ports, worker, { runId, lease, run, report: parseBody(PlanReport, body) }), 202)),
    onceRunRoute(ports, 'POST', 'outputs', async ({ request, worker, run, body, runId, lease }) => {
      await reportOutputs(ports, worker, { runId, lease, run, report: parseBody(OutputsReport, body) });
      return emptyAnswer(request);
    }),
  ];
}
