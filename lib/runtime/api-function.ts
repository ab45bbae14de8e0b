import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import type { Telemetry } from '../core/ports/telemetry.ts';
import { failureResponse } from '../edge/http/failures.ts';
import { jsonResponse, router, type HttpRequest, type HttpResponse, type Route } from '../edge/http/router.ts';
import { isFromOrigin, toHttpRequest, toProxyResult } from './http-event.ts';
import { thaw, type Invocations } from './invocation.ts';

/** Kept back of a call's time, for an answer in words. */
const LAST_WORDS_MS = 500;
const MAINTENANCE_RETRY_SECONDS = 60;
/** What stays open while the installation is stopped. */
const ALWAYS_OPEN: ReadonlySet<string> = new Set(['/health']);

export interface ApiNeeds {
  readonly telemetry: Telemetry;
  readonly invocations: Invocations;
  /** Null for what stays open while the installation is stopped. */
  readonly mode: { isOff(): Promise<boolean> } | null;
  /** The secret of the distribution in front; null without one. */
  readonly originSecret: () => Promise<string | null>;
  /** Whatever must be done before the function is frozen. Never throws. */
  readonly finish: () => Promise<void>;
}

/** A function behind the REST API. */
export function apiFunction(needs: ApiNeeds, routes: readonly Route[]) {
  const answer = router(routes);

  async function handle(request: HttpRequest): Promise<HttpResponse> {
    try {
      if (needs.mode !== null && !ALWAYS_OPEN.has(request.path) && (await needs.mode.isOff())) return maintenance();
      return await needs.telemetry.span(`${request.method} ${request.path.split('/', 2).join('/')}`, () => answer(request));
    } catch (error) {
      return failureResponse(error, request, needs.telemetry);
    }
  }

  const tooSlow = async (): Promise<APIGatewayProxyResult> => ({
    statusCode: 503,
    multiValueHeaders: { 'content-type': ['application/json; charset=utf-8'], 'retry-after': ['5'] },
    body: JSON.stringify({ error: 'the answer took too long: try again in a few seconds' }),
    isBase64Encoded: false,
  });

  return middy<APIGatewayProxyEvent, APIGatewayProxyResult>({ timeoutEarlyInMillis: LAST_WORDS_MS, timeoutEarlyResponse: tooSlow }).handler(
    async (event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult> => {
      needs.invocations.begin(context);
      await thaw();
      const originSecret = await needs.originSecret();
      const request = toHttpRequest(event, { originSecret });
      const response = originSecret !== null && isOriginHost(request) && !isFromOrigin(event, originSecret) ? jsonResponse(403, { error: 'this address is for our own distribution' }) : await handle(request);
      await needs.finish();
      return toProxyResult(response, request);
    },
  );
}

const maintenance = (): HttpResponse => jsonResponse(503, { error: 'maintenance' }, { 'retry-after': String(MAINTENANCE_RETRY_SECONDS) });

/** The second name of the API, under which only the distribution may ask. */
const isOriginHost = (request: HttpRequest): boolean => request.headers.host?.startsWith('origin.') ?? false;
