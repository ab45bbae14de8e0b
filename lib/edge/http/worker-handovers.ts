import { claimRun } from '../../core/handovers/actions/claim-run.ts';
import { logUrls } from '../../core/handovers/actions/log-urls.ts';
import { readControl } from '../../core/handovers/actions/read-control.ts';
import { releaseRun } from '../../core/handovers/actions/release-run.ts';
import { reportConfig } from '../../core/handovers/actions/report-config.ts';
import { transitionRun } from '../../core/handovers/actions/transition-run.ts';
import { workspaceDownload, workspaceUpload } from '../../core/handovers/actions/workspace-transfer.ts';
import type { Ports } from '../../core/ports/ports.ts';
import { ClaimRequest, LogUrlsRequest, ReleaseRequest, RunConfigRequest, TransitionRequest, WORKER_API_PREFIX, WorkspaceUploadRequest, type TransitionResponse } from '../../protocol/worker-api.ts';
import { idempotent } from './idempotency.ts';
import { route, type Route } from './router.ts';
import { presentedState } from './state-access.ts';
import { emptyAnswer, parseBody, sessionHandler, workerAnswer } from './worker-request.ts';
import { onceRunRoute, runRoute } from './worker-run-call.ts';

/** How a run comes to a worker, goes on there, and comes back. */
export function workerHandoverRoutes(ports: Ports): readonly Route[] {
  return [
    route(
      'POST',
      `${WORKER_API_PREFIX}/claim`,
      sessionHandler(ports, async (request, worker) =>
        idempotent(ports, worker.id, request, async (body) => {
          const job = await claimRun(ports, worker, parseBody(ClaimRequest, body));
          return job === undefined ? emptyAnswer(request) : workerAnswer(request, job);
        }),
      ),
    ),
    runRoute(ports, 'POST', 'transitions', async ({ request, worker, body, runId, lease }) => {
      const { state, ...answer } = await transitionRun(ports, worker, { runId, lease, request: parseBody(TransitionRequest, body) });
      return workerAnswer(request, { ...answer, ...(state === undefined ? {} : { state: state && presentedState(state) }) } satisfies TransitionResponse);
    }),
    runRoute(ports, 'GET', 'control', async ({ request, worker, runId, lease }) => workerAnswer(request, await readControl(ports, worker, { runId, lease }))),
    runRoute(ports, 'POST', 'config', async ({ request, worker, body, runId, lease }) => workerAnswer(request, await reportConfig(ports, worker, { runId, lease, text: parseBody(RunConfigRequest, body).text }))),
    runRoute(ports, 'POST', 'logs/urls', async ({ request, worker, body, runId, lease }) => workerAnswer(request, await logUrls(ports, worker, { runId, lease, ...parseBody(LogUrlsRequest, body) }))),
    runRoute(ports, 'POST', 'workspace/upload', async ({ request, worker, body, runId, lease }) => workerAnswer(request, await workspaceUpload(ports, worker, { runId, lease, ...parseBody(WorkspaceUploadRequest, body) }))),
    runRoute(ports, 'POST', 'workspace/download', async ({ request, worker, runId, lease }) => workerAnswer(request, await workspaceDownload(ports, worker, { runId, lease }))),
    onceRunRoute(ports, 'POST', 'release', async ({ request, worker, body, runId, lease }) => {
      await releaseRun(ports, worker, { runId, lease, request: parseBody(ReleaseRequest, body) });
      return emptyAnswer(request);
    }),
  ];
}
