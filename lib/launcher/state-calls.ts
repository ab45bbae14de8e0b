import type { StateGetResponse, StateLockResponse, StateUploadResponse } from '../protocol/worker-api.ts';
import type { RunApi } from './run-api.ts';
import { ApiError } from './server-api.ts';
import type { StateApi } from './state-api.ts';

/**
 * The state calls of one handover. The proxy repeats what fails, so no call here does. Each waits for `agreed`, that the platform knows the
 * state the run is in by now: a call that overtook that news would be refused by the state before it.
 */
export function stateCalls(run: RunApi, workspace: string, agreed: () => Promise<unknown> = () => Promise.resolve()): StateApi {
  const path = `state/${encodeURIComponent(workspace)}`;
  const call = async <T>(method: string, rest: string, body?: unknown) => {
    await agreed();
    return run.call<T>(method, `${path}${rest}`, body, { retryForMs: 0 });
  };

  return {
    async get() {
      const { status, body } = await call<StateGetResponse>('GET', '');
      return status === 204 ? undefined : body;
    },
    download: async (url) => (await run.server.getObject(url, { retryForMs: 0 })).body,
    beginUpload: async (request) => (await call<StateUploadResponse>('POST', '/uploads', request)).body,
    put: (target, file) => run.server.putObject(target.url, file, { headers: target.headers, retryForMs: 0 }),
    commit: async (uploadId) => (await call<{ versionId: string }>('POST', `/uploads/${uploadId}/commit`, {})).body,
    async lock(info) {
      try {
        const { body } = await call<StateLockResponse>('POST', '/lock', JSON.parse(info));
        return { holder: null, state: body.state };
      } catch (error) {
        if (error instanceof ApiError && error.status === 423) return { holder: JSON.stringify((error.body as { holder?: unknown } | null)?.holder ?? error.body) };
        throw error;
      }
    },
    unlock: async (info) => void (await call('POST', '/unlock', info === '' ? {} : JSON.parse(info))),
    remove: async () => void (await call('DELETE', '')),
  };
}
