import type { Ports } from '../../core/ports/ports.ts';
import { deregisterWorker } from '../../core/workers/actions/deregister-worker.ts';
import { recordReport } from '../../core/workers/actions/record-report.ts';
import { refreshSession } from '../../core/workers/actions/refresh-session.ts';
import { registerWorker, type WorkerSession } from '../../core/workers/actions/register-worker.ts';
import { brokerFor } from '../../core/workers/pool-token.ts';
import { isLauncherCurrent, OLDEST_LAUNCHER } from '../../core/workers/registration.ts';
import { HEARTBEAT_SECONDS } from '../../core/workers/worker-health.ts';
import { Heartbeat } from '../../protocol/messages.ts';
import { DeregisterRequest, LAUNCHER_VERSION_HEADER, RegisterRequest, WORKER_API_PREFIX, type RegisterResponse } from '../../protocol/worker-api.ts';
import { route, type HttpRequest, type Route } from './router.ts';
import { WorkerApiError } from './worker-errors.ts';
import { bearerOf, emptyAnswer, parseBody, sessionHandler, workerAnswer, workerBody, workerHandler } from './worker-request.ts';

/** An idle worker asks for a run this often even when no message told it to. */
const POLL_SECONDS = 60;

type Needs = Pick<Ports, 'db' | 'queue' | 'broker' | 'signer' | 'clock' | 'ids' | 'license' | 'telemetry' | 'settings'>;

/** How a worker comes, stays and goes. */
export function workerSessionRoutes(ports: Needs): readonly Route[] {
  return [
    route(
      'POST',
      `${WORKER_API_PREFIX}/register`,
      workerHandler(ports, async (request) => {
        requireCurrentLauncher(request);
        const body = parseBody(RegisterRequest, await workerBody(request));
        const { worker, session } = await registerWorker(ports, { assertion: bearerOf(request), request: body });
        const { settings } = ports;
        const answer: RegisterResponse = {
          session: presented(session),
          pool: { id: worker.pool.id, name: worker.pool.name },
          account: { name: settings.accountName, url: settings.baseUrl },
          drained: worker.drained,
          heartbeat: { busySeconds: HEARTBEAT_SECONDS.busy, idleSeconds: HEARTBEAT_SECONDS.idle },
          pollSeconds: POLL_SECONDS,
          logs: { intervalMs: settings.logIntervalMs },
          broker: brokerFor(worker.pool, settings),
          rootCertificates: settings.rootCertificates,
          serverTime: ports.clock.now().toISOString(),
        };
        return workerAnswer(request, answer);
      }),
    ),
    route(
      'POST',
      `${WORKER_API_PREFIX}/session/refresh`,
      sessionHandler(ports, async (request, worker) =>
        workerAnswer(request, { session: presented(await refreshSession(ports, worker)), serverTime: ports.clock.now().toISOString() }),
      ),
    ),
    route(
      'POST',
      `${WORKER_API_PREFIX}/heartbeat`,
      sessionHandler(ports, async (request, worker) => {
        const message = parseBody(Heartbeat, await workerBody(request));
        const answer = await recordReport(ports, { poolId: worker.poolId, workerId: worker.id, message, receivedAt: ports.clock.now() });
        return workerAnswer(request, answer ?? { drained: worker.drained, cycle: worker.cycling });
      }),
    ),
    route(
      'POST',
      `${WORKER_API_PREFIX}/deregister`,
      sessionHandler(ports, async (request, worker) => {
        const { reason } = parseBody(DeregisterRequest, await workerBody(request));
        await deregisterWorker(ports, worker, reason.slice(0, 200));
        return emptyAnswer(request);
      }),
    ),
  ];
}

const presented = (session: WorkerSession) => ({ token: session.token, expiresAt: session.expiresAt.toISOString() });

/** Before the body is read: an old launcher may send one that does not fit any more, and is to be told why. */
function requireCurrentLauncher(request: HttpRequest): void {
  const version = request.headers[LAUNCHER_VERSION_HEADER];
  if (version === undefined || version === '') throw new WorkerApiError('bad_request', `the header ${LAUNCHER_VERSION_HEADER} is missing`);
  if (!isLauncherCurrent(version))
    throw new WorkerApiError('launcher_too_old', `launcher ${version.slice(0, 50)} is too old; update it to ${OLDEST_LAUNCHER} or later`);
}
