// Signing in and out, public keys, health.
import { activeRoutes, healthRoutes } from '../lib/edge/http/health.ts';
import { sessionRoutes } from '../lib/edge/http/session.ts';
import { wellKnownRoutes } from '../lib/edge/http/well-known.ts';
import { apiOf } from '../lib/runtime/api-app.ts';
import { composeAws } from '../lib/runtime/aws.ts';

const app = composeAws(process.env);

export const handler = apiOf(app, [...sessionRoutes(app.ports), ...wellKnownRoutes(app.ports), ...healthRoutes(app.ports), ...activeRoutes(app.isActive)]);
