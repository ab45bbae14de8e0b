import type { Ports } from '../../core/ports/ports.ts';
import { workerRefusal } from '../../core/workers/worker-refusals.ts';
import { WORKER_API_PREFIX } from '../../protocol/worker-api.ts';
import { route, type Route } from './router.ts';
import { stateRoutes } from './state-access.ts';
import { workerHandoverRoutes } from './worker-handovers.ts';
import { workerHandler } from './worker-request.ts';
import { workerResultRoutes } from './worker-results.ts';
import { workerSessionRoutes } from './worker-session.ts';

/** The whole API of workers. */
export function workerApiRoutes(ports: Ports): readonly Route[] {
  const unknown = workerHandler(ports, async (request) => {
    throw workerRefusal('not_found', `there is no ${request.method} ${request.path}`);
  });
  return [
    ...workerSessionRoutes(ports),
    ...workerHandoverRoutes(ports),
    ...workerResultRoutes(ports),
    ...stateRoutes(ports),
    route('*', `${WORKER_API_PREFIX}/*rest`, unknown),
  ];
}
