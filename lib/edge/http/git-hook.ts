import type { Ports } from '../../core/ports/ports.ts';
import { findStackByHookToken } from '../../core/stacks/stack-store.ts';
import { repositoryChanged } from '../../core/vcs/vcs-messages.ts';
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
      const stack = await findStackByHookToken(ports.db.sql, token);
      if (stack === undefined) return jsonResponse(404, { error: 'no stack has this git hook: its address was reset, or the stack is gone' });

      const at = ports.clock.now().toISOString();
      await ports.queue.enqueue(ports.db.sql, repositoryChanged, { url: stack.repositoryUrl, cause: { kind: 'hook', at, subject: stack.id } });
      ports.queue.flush();
      ports.telemetry.log('info', 'git hook called', { stackId: stack.id, url: stack.repositoryUrl });
      return jsonResponse(202, { status: 'accepted' });
    }),
  ];
}
