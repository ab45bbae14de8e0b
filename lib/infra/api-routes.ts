import type { FunctionName } from '../core/shared/functions.ts';

/** Which function answers which addresses; `/*` is everything below. The first that fits is not asked for: API Gateway takes the most particular. */
export const API_ROUTES: Readonly<Record<string, FunctionName>> = {
  '/graphql': 'graphql',
  '/worker/v1/*': 'worker-api',
  '/worker/plugin_logs_url': 'http',
  // It is answered with content within three seconds; other deliveries are only taken in.
  '/webhooks/slack': 'http',
  '/webhooks/*': 'webhooks',
  '/oidc/*': 'http',
  '/saml/*': 'http',
  '/login': 'http',
  '/login/*': 'http',
  '/logout': 'http',
  '/admin-login': 'http',
  '/cli_login': 'http',
  '/apikeytoken': 'http',
  '/auth_success': 'http',
  '/auth_failure': 'http',
  '/mfa/*': 'http',
  '/slack_oauth': 'http',
  '/integrations/github/callback': 'http',
  '/usageanalytics/csv': 'http',
  '/.well-known/*': 'http',
  '/registry/*': 'http',
  '/health': 'http',
  '/health/*': 'http',
  '/': 'web',
  '/*': 'web',
};
