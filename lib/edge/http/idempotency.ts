import { createHash } from 'node:crypto';
import type { Ports } from '../../core/ports/ports.ts';
import { answerOnce, type Answer, type OnceCall } from '../../core/workers/actions/answer-once.ts';
import { IDEMPOTENCY_HEADER, LEASE_HEADER } from '../../protocol/worker-api.ts';
import type { HttpRequest, HttpResponse } from './router.ts';
import { WorkerApiError } from './worker-errors.ts';
import { workerBody } from './worker-request.ts';

const MAX_KEY = 64;

/**
 * Does the work of a mutating call once for each `Idempotency-Key` of the worker: a repetition gets the first answer, the key with
 * another request is refused. The work gets the body, and answers with text or nothing. Without a key it is simply done.
 */
export async function idempotent(
  ports: Pick<Ports, 'db' | 'clock'>,
  workerId: string,
  request: HttpRequest,
  work: (body: Buffer) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const { body, key, requestSha256 } = await repeatable(request);
  if (key === undefined) return work(body);
  const answer = await answerOnce(ports, { workerId, key, requestSha256 }, async () => {
    const response = await work(body);
    if (response.body !== undefined && typeof response.body !== 'string') throw new TypeError('an idempotent call answers with text');
    return { status: response.status, response: response.body ?? '' };
  });
  return presentAnswer(request, answer);
}

/** The body of a call, and what tells a repetition of it; no key when it brings none. */
export async function repeatable(request: HttpRequest): Promise<OnceCall & { readonly body: Buffer }> {
  const body = await workerBody(request);
  const key = request.headers[IDEMPOTENCY_HEADER] ?? '';
  if (key.length > MAX_KEY) throw new WorkerApiError('bad_request', `${IDEMPOTENCY_HEADER} has at most ${MAX_KEY} characters`);
  const requestSha256 = createHash('sha256')
    .update(`${request.method} ${request.path}\n${request.headers[LEASE_HEADER] ?? ''}\n`)
    .update(body)
    .digest('hex');
  return { body, key: key === '' ? undefined : key, requestSha256 };
}

/** A kept answer as the first call got it. */
function presentAnswer(request: HttpRequest, answer: Answer): HttpResponse {
  const headers = { 'x-request-id': request.requestId };
  if (answer.response === '') return { status: answer.status, headers };
  return { status: answer.status, headers: { ...headers, 'content-type': 'application/json; charset=utf-8' }, body: answer.response };
}
