import type { Ports } from '../../core/ports/ports.ts';
import { followHook } from '../../core/triggers/actions/follow-hook.ts';
import { jsonResponse, route, type Route } from './router.ts';

const MAX_BODY_BYTES = 25 * 1024 * 1024;

/**
 * `POST /webhooks/git/<token>`: somebody says that a repository changed. What they send along is not read: the repository itself is asked,
 * after the answer.
 */
export function gitHookRoutes(ports: Pick<Ports, 'db' | 'queue' | 'clock' | 'telemetry'>): readonly Route[] {
  return [
    route('POST', '/webhooks/git/:token', async (request, { token = '' }) => {
      if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES)
        return jsonResponse(413, { error: `a hook's body has at most ${MAX_BODY_BYTES} bytes` });
      const known = await followHook(ports, { token, at: ports.clock.now() });
      if (!known) return jsonResponse(404, { error: 'no stack has this git hook: its address was reset, or the stack is gone' });
      return jsonResponse(202, { status: 'accepted' });
    }),
  ];
}
