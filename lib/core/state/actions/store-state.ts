import { createHash } from 'node:crypto';
import type { Ports } from '../../ports/ports.ts';
import { invalid } from '../../shared/errors.ts';
import type { RunCall } from '../run-call.ts';
import { announceUpload, type AnnouncedState } from './begin-state-upload.ts';
import { commitStored } from './commit-state-upload.ts';

/** Takes a small state whole, in one call: announced, stored and committed by the same rules as one that is uploaded. Answers the version's id. */
export async function storeState(ports: Pick<Ports, 'db' | 'objects' | 'clock' | 'ids'>, call: RunCall, state: AnnouncedState, body: Buffer): Promise<string> {
  const hash = (algorithm: string) => createHash(algorithm).update(body);
  const isAnnounced = body.length === state.bytes && hash('sha256').digest('hex') === state.sha256 && hash('md5').digest('base64') === state.md5;
  if (!isAnnounced) throw invalid('content is not the state that is announced: its size or checksum differs', { field: 'content' });

  const begun = await announceUpload(ports, call, state);
  if ('unchanged' in begun) return begun.unchanged;
  await ports.objects.put('states', begun.upload.objectKey, body, { createOnly: true });
  return commitStored(ports, call, begun.upload);
}
