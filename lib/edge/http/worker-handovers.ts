import { answerClaim } from '../../core/handovers/actions/claim-run.ts';
import { logUrls } from '../../core/handovers/actions/log-urls.ts';
import { readControl } from '../../core/handovers/actions/read-control.ts';
import { packageDownload, sourceDownload } from '../../core/handovers/actions/renew-download.ts';
import { releaseRun } from '../../core/handovers/actions/release-run.ts';
import { reportConfig } from '../../core/handovers/actions/report-config.ts';
import { transitionRun } from '../../core/handovers/actions/transition-run.ts';
import { workspaceDownload, workspaceUpload } from '../../core/handovers/actions/workspace-transfer.ts';
import type { Ports } from '../../core/ports/ports.ts';
import { readSession } from '../../core/workers/actions/authenticate-worker.ts';
import { ClaimRequest, LogUrlsRequest, PackageDownloadRequest, ReleaseRequest, RunConfigRequest, TransitionRequest, WORKER_API_PREFIX, WorkspaceUploadRequest, type TransitionResponse } from '../../protocol/worker-api.ts';
import { repeatable } from './idempotency.ts';
import { route, type Route } from './router.ts';
import { presentedState } from './state-access.ts';
import { bearerOf, emptyAnswer, parseBody, workerAnswer, workerHandler } from './worker-request.ts';
import { onceRunRoute, runRoute } from './worker-run-call.ts';

/** How a run comes to a worker, goes on there, and comes back. */
export function workerHandoverRoutes(ports: Ports): readonly Route[] {
  return [
    route(
      'POST',
      `${WORKER_API_PREFIX}/claim`,
      workerHandler(ports, async (request) => {
        const session = await readSession(ports, bearerOf(request));
        const { body, ...once } = await repeatable(request);
        parseBody(ClaimRequest, body);
        const job = await answerClaim(ports, session, once);
        return job === undefined ? emptyAnswer(request) : workerAnswer(request, job);
      }),
    ),
    runRoute(ports, 'POST', 'transitions', async ({ request, worker, run, body, runId, lease }) => {
      const { state, ...answer } = await transitionRun(ports, worker, { runId, lease, run, request: parseBody(TransitionRequest, body) });
      return workerAnswer(request, { ...answer, ...(state === undefined ? {} : { state: state && presentedState(state) }) } satisfies TransitionResponse);
    }),
    runRoute(ports, 'GET', 'control', async ({ request, worker, run, runId, lease }) => workerAnswer(request, await readControl(ports, worker, { runId, lease, run }))),
    runRoute(ports, 'POST', 'config', async ({ request, worker, run, body, runId, lease }) => workerAnswer(request, await reportConfig(ports, worker, { runId, lease, run, text: parseBody(RunConfigRequest, body).text }))),
    runRoute(ports, 'POST', 'logs/urls', async ({ request, worker, run, body, runId, lease }) => workerAnswer(request, await logUrls(ports, worker, { runId, lease, run, ...parseBody(LogUrlsRequest, body) }))),
    runRoute(ports, 'POST', 'package/download', async ({ request, worker, run, body, runId, lease }) => {
      const { sha256 } = parseBody(PackageDownloadRequest, body);
      return workerAnswer(request, await packageDownload(ports, worker, { runId, lease, run, sha256 }));
    }),
    runRoute(ports, 'POST', 'source/download', async ({ request, worker, run, runId, lease }) =>
      workerAnswer(request, await sourceDownload(ports, worker, { runId, lease, run })),
    ),
    runRoute(ports, 'POST', 'workspace/upload', async ({ request, worker, run, body, runId, lease }) => workerAnswer(request, await workspaceUpload(ports, worker, { runId, lease, run, ...parseBody(WorkspaceUploadRequest, body) }))),
    runRoute(ports, 'POST', 'workspace/download', async ({ request, worker, run, runId, lease }) => workerAnswer(request, await workspaceDownload(ports, worker, { runId, lease, run }))),
    onceRunRoute(ports, 'POST', 'release', async ({ request, worker, run, body, runId, lease }) => {
      await releaseRun(ports, worker, { runId, lease, run, request: parseBody(ReleaseRequest, body) });
      return emptyAnswer(request);
    }),
  ];
}
