// Signing in and out, public keys, the export of usage, health.
import { activeRoutes, healthRoutes } from '../lib/edge/http/health.ts';
import { sessionRoutes } from '../lib/edge/http/session.ts';
import { usageCsvRoutes } from '../lib/edge/http/usage-csv.ts';
import { wellKnownRoutes } from '../lib/edge/http/well-known.ts';
import { apiOf } from '../lib/runtime/api-app.ts';
import { composeAws } from '../lib/runtime/aws.ts';

const app = composeAws(process.env);

const { ports } = app;

const routes = [...sessionRoutes(ports), ...wellKnownRoutes(ports), ...usageCsvRoutes(ports), ...healthRoutes(ports), ...activeRoutes(app.isActive)];

export const handler = apiOf(app, routes);
