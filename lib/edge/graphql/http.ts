import * as z from 'zod/mini';
import { authenticate } from '../../core/accounts/actions/authenticate.ts';
import { withStackAccess } from '../../core/stacks/actions/decide-access.ts';
import type { Ports } from '../../core/ports/ports.ts';
import { isAppError } from '../../core/shared/errors.ts';
import { jsonResponse, route, type HttpRequest, type HttpResponse, type Route } from '../http/router.ts';
import { mayWriteByCookie, readSessionCookie } from '../http/session-cookie.ts';
import { graphqlContext } from './context.ts';
import { executor, type GraphqlQuery } from './execute.ts';
import { holdingFor, tellings } from './holding.ts';
import { executableSchema } from './schema.ts';

const MAX_REQUEST_BYTES = 1024 * 1024;

const Body = z.object({
  query: z.string(),
  variables: z.optional(z.nullable(z.record(z.string(), z.unknown()))),
  operationName: z.optional(z.nullable(z.string())),
});

/** `POST /graphql`. Once a request can be read, its answer is HTTP 200, and what went wrong is in `errors`. */
export function graphqlRoutes(ports: Ports): readonly Route[] {
  const execute = executor(executableSchema());
  const told = tellings(ports.clock);

  const handler = async (request: HttpRequest): Promise<HttpResponse> => {
    const query = await readQuery(request);
    if ('status' in query) return query;

    const credentials = credentialsOf(request, ports.settings.baseUrl);
    const authenticated = credentials === undefined ? undefined : await authenticate(ports, { ...credentials, remoteIp: request.remoteIp });
    const visitor = authenticated && (await withStackAccess(ports, authenticated));
    const session = visitor !== undefined ? 'good' : credentials?.bearer !== undefined ? 'bad' : 'none';
    const patient = visitor !== undefined && request.headers['spacelift-client-type'] === 'spacectl';
    const facts = { requestId: request.requestId, remoteIp: request.remoteIp, runMetadata: request.headers['spacelift-user-provided-run-metadata'] ?? null };
    const context = graphqlContext(ports, visitor, facts, patient ? holdingFor(ports, told, visitor.sessionId ?? visitor.login) : undefined);
    return jsonResponse(200, await execute(query, context, session), { 'cache-control': 'no-store' });
  };
  return [route('POST', '/graphql', handler)];
}

const refuse = (status: number, message: string) => jsonResponse(status, { errors: [{ message }] });

async function readQuery(request: HttpRequest): Promise<GraphqlQuery | HttpResponse> {
  let text: string;
  try {
    text = (await request.body(MAX_REQUEST_BYTES)).toString('utf8');
  } catch (error) {
    if (isAppError(error, 'TOO_LARGE')) return refuse(413, `a request holds at most ${MAX_REQUEST_BYTES} bytes`);
    throw error;
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return refuse(400, 'the request is not JSON');
  }
  const parsed = Body.safeParse(body);
  if (!parsed.success) return refuse(400, 'a request is a JSON object with "query", and if needed "variables" and "operationName"');
  return { query: parsed.data.query, variables: parsed.data.variables ?? null, operationName: parsed.data.operationName ?? null };
}

/** A bearer token counts alone. The cookie of a browser counts only for requests that no foreign page can have made. */
function credentialsOf(request: HttpRequest, baseUrl: string): { readonly bearer?: string; readonly cookie?: string } | undefined {
  const bearer = /^bearer +(\S+)$/i.exec(request.headers['authorization'] ?? '')?.[1];
  if (bearer !== undefined) return { bearer };
  if (request.headers['authorization'] !== undefined) return { bearer: '' };
  const cookie = readSessionCookie(baseUrl, request.headers['cookie']);
  return cookie !== undefined && mayWriteByCookie(request) ? { cookie } : undefined;
}
