import type { Secrets } from '../adapters/aws/secrets.ts';
import type { Route } from '../edge/http/router.ts';
import { apiFunction } from './api-function.ts';
import type { AwsApp } from './aws.ts';
import type { AwsConfig } from './aws-config.ts';

/** How a function learns the secret of the distribution in front of it; null where there is none. */
export function originSecretOf(config: AwsConfig, secrets: Secrets): () => Promise<string | null> {
  const arn = config.secrets.origin;
  return async () => (arn === null ? null : ((await secrets.text(arn)) ?? null));
}

/** The whole product behind the REST API, for these routes. */
export function apiOf(app: AwsApp, routes: readonly Route[]) {
  return apiFunction({ telemetry: app.telemetry, invocations: app.invocations, mode: app.mode, originSecret: originSecretOf(app.config, app.secrets), finish: () => app.finish() }, routes);
}
