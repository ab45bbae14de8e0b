import { objectUrl, signedCalls } from '../adapters/aws/signed-call.ts';
import { unavailable } from '../core/shared/errors.ts';
import { webRoutes } from '../edge/http/web-files.ts';
import { apiFunction } from './api-function.ts';
import { awsBase, type Environment } from './aws-base.ts';
import { smallOriginSecret } from './small-secret.ts';

/** The function that serves the UI from its bucket. */
export function webFunction(environment: Environment) {
  const base = awsBase(environment);
  const call = signedCalls(environment, base.telemetry);
  const bucket = base.config.buckets.web ?? '';

  async function read(path: string): Promise<Buffer | undefined> {
    const answer = await call({ service: 's3', method: 'GET', url: objectUrl(environment, bucket, path) });
    if (answer.status === 200) return answer.body;
    // Who may not list a bucket is told of a missing object that it is forbidden.
    if (answer.status === 404 || answer.status === 403) return undefined;
    throw unavailable('the user interface cannot be read', {}, { cause: new Error(`s3 answered ${answer.status}`) });
  }

  const { telemetry, invocations } = base;
  const routes = webRoutes(read, { uploads: base.config.uploadsUrl });
  return apiFunction({ telemetry, invocations, mode: null, originSecret: smallOriginSecret(base), finish: () => telemetry.flush() }, routes);
}
