import type { SignedUrls } from '../adapters/embedded/signed-urls.ts';
import type { Ports } from '../core/ports/ports.ts';
import { graphqlRoutes } from '../edge/graphql/http.ts';
import { gitHookRoutes } from '../edge/http/git-hook.ts';
import { healthRoutes } from '../edge/http/health.ts';
import { objectRoutes } from '../edge/http/objects.ts';
import { sessionRoutes } from '../edge/http/session.ts';
import { usageCsvRoutes } from '../edge/http/usage-csv.ts';
import { wellKnownRoutes } from '../edge/http/well-known.ts';
import { workerApiRoutes } from '../edge/http/worker-api.ts';
import type { Route } from '../edge/http/router.ts';

/** Every address that the embedded server answers. */
export function embeddedRoutes(ports: Ports, urls: SignedUrls, events: { readonly passwordChanged: () => Promise<void> }): readonly Route[] {
  return [
    ...graphqlRoutes(ports), ...workerApiRoutes(ports), ...objectRoutes(ports, urls), ...gitHookRoutes(ports), ...sessionRoutes(ports, events),
    ...wellKnownRoutes(ports), ...usageCsvRoutes(ports), ...healthRoutes(ports),
  ];
}
