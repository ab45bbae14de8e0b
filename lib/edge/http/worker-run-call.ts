import { authenticateCall } from '../../core/handovers/actions/authenticate-call.ts';
import type { HandoverCall } from '../../core/handovers/actions/load-handover.ts';
import type { Ports } from '../../core/ports/ports.ts';
import type { WorkerInPool } from '../../core/workers/worker.ts';
import { LEASE_HEADER, WORKER_API_PREFIX } from '../../protocol/worker-api.ts';
import { idempotent } from './idempotency.ts';
import { route, type HttpRequest, type HttpResponse, type Route } from './router.ts';
import { WorkerApiError } from './worker-errors.ts';
import { bearerOf, workerBody, workerHandler } from './worker-request.ts';

type Needs = Pick<Ports, 'telemetry' | 'db' | 'clock' | 'signer' | 'settings'>;

/** A call about a run: who, for which handover, and what was sent. */
export interface RunCall extends HandoverCall {
  readonly request: HttpRequest;
  readonly worker: WorkerInPool;
  readonly body: Buffer;
  readonly params: Readonly<Record<string, string>>;
}

type Work = (call: RunCall) => Promise<HttpResponse>;

function leaseOf(request: HttpRequest): number {
  const text = request.headers[LEASE_HEADER] ?? '';
  if (!/^\d{1,9}$/.test(text)) throw new WorkerApiError('bad_request', `the header ${LEASE_HEADER} must hold the lease of the handover`);
  return Number(text);
}

/** A route below `/runs/:run` whose repetition by itself changes nothing. */
export function runRoute(ports: Needs, method: string, path: string, work: Work): Route {
  return route(
    method,
    `${WORKER_API_PREFIX}/runs/:run/${path}`,
    workerHandler(ports, async (request, params) => {
      const caller = await authenticateCall(ports, bearerOf(request), params.run ?? '');
      const body = method === 'GET' ? Buffer.alloc(0) : await workerBody(request);
      return work({ request, ...caller, body, params, runId: params.run ?? '', lease: leaseOf(request) });
    }),
  );
}

/** The same for what must not happen twice: a repetition gets the first answer. */
export function onceRunRoute(ports: Needs, method: string, path: string, work: Work): Route {
  return route(
    method,
    `${WORKER_API_PREFIX}/runs/:run/${path}`,
    workerHandler(ports, async (request, params) => {
      const caller = await authenticateCall(ports, bearerOf(request), params.run ?? '');
      const lease = leaseOf(request);
      return idempotent(ports, caller.worker.id, request, (body) => work({ request, ...caller, body, params, runId: params.run ?? '', lease }));
    }),
  );
}
