import * as z from 'zod/mini';
import type { Ports } from '../../core/ports/ports.ts';
import { beginStateUpload } from '../../core/state/actions/begin-state-upload.ts';
import { commitStateUpload } from '../../core/state/actions/commit-state-upload.ts';
import { deleteState } from '../../core/state/actions/delete-state.ts';
import { lockState } from '../../core/state/actions/lock-state.ts';
import { readState, type ReadableState } from '../../core/state/actions/read-state.ts';
import { storeState } from '../../core/state/actions/store-state.ts';
import { unlockState } from '../../core/state/actions/unlock-state.ts';
import { StateUploadRequest, type StateGetResponse, type StateLockResponse, type StateUploadResponse } from '../../protocol/worker-api.ts';
import type { Route } from './router.ts';
import { emptyAnswer, parseBody, workerAnswer } from './worker-request.ts';
import { onceRunRoute, runRoute, type RunCall } from './worker-run-call.ts';

const PATH = 'state/:workspace';
const LockDocument = z.looseObject({ ID: z.string() });
/** A forced unlock names no lock. */
const UnlockDocument = z.looseObject({ ID: z.optional(z.string()) });

/** A run's access to its stack's state, for the worker that holds it. Bodies travel by presigned URL. */
export function stateRoutes(ports: Ports): Route[] {
  return [
    runRoute(ports, 'GET', PATH, async (call) => {
      const state = await readState(ports, stateCall(call));
      return state === undefined ? emptyAnswer(call.request) : workerAnswer(call.request, presentedState(state));
    }),
    runRoute(ports, 'POST', `${PATH}/uploads`, async (call) => {
      const { content, ...state } = parseBody(StateUploadRequest, call.body);
      if (content !== undefined) {
        const versionId = await storeState(ports, stateCall(call), state, Buffer.from(content, 'base64'));
        return workerAnswer(call.request, { committed: true, versionId } satisfies StateUploadResponse);
      }
      const begun = await beginStateUpload(ports, stateCall(call), state);
      if ('unchanged' in begun) return workerAnswer(call.request, { unchanged: true, versionId: begun.unchanged } satisfies StateUploadResponse);
      const { url, headers, expiresAt } = begun.target;
      return workerAnswer(call.request, { uploadId: begun.uploadId, url, headers, expiresAt: expiresAt.toISOString() } satisfies StateUploadResponse, 201);
    }),
    runRoute(ports, 'POST', `${PATH}/uploads/:upload/commit`, async (call) => {
      return workerAnswer(call.request, { versionId: await commitStateUpload(ports, stateCall(call), call.params.upload ?? '') });
    }),
    onceRunRoute(ports, 'DELETE', PATH, async (call) => {
      await deleteState(ports, stateCall(call));
      return workerAnswer(call.request, {});
    }),
    runRoute(ports, 'POST', `${PATH}/lock`, async (call) => {
      const answer = await lockState(ports, stateCall(call), parseBody(LockDocument, call.body));
      if (answer.holder !== null) return workerAnswer(call.request, answer.holder, 423);
      return workerAnswer(call.request, { state: answer.state === undefined ? null : presentedState(answer.state) } satisfies StateLockResponse);
    }),
    runRoute(ports, 'POST', `${PATH}/unlock`, async (call) => {
      await unlockState(ports, stateCall(call), parseBody(UnlockDocument, call.body).ID);
      return workerAnswer(call.request, {});
    }),
  ];
}

/** A state as a worker is told of it. */
export function presentedState({ version, url, expiresAt }: ReadableState): StateGetResponse {
  const { serial, lineage, bytes, sha256, md5 } = version;
  return { versionId: version.id, serial, lineage, bytes, sha256, md5, url, expiresAt: expiresAt.toISOString() };
}

const stateCall = ({ worker, runId, lease, params }: RunCall) => ({ workerId: worker.id, runId, lease, workspace: params.workspace ?? '' });
