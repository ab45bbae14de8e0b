import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { auditRow } from '../../shared/audit-store.ts';
import { conflict } from '../../shared/errors.ts';
import type { Stack } from '../../stacks/stack.ts';
import { insertLocalWorkspace } from '../local-workspace-store.ts';
import { visibleStack } from './load-run.ts';

const UPLOAD_SECONDS = 15 * 60;
const KEPT_MS = 86_400_000;

export interface LocalWorkspaceUpload {
  readonly id: string;
  readonly uploadUrl: string;
  readonly uploadHeaders: Readonly<Record<string, string>>;
}

export function requireLocalPreview(stack: Pick<Stack, 'id' | 'localPreviewEnabled'>): void {
  if (!stack.localPreviewEnabled) throw conflict(`local preview is off for stack ${stack.id}: turn it on in its settings`, { stackId: stack.id });
}

/** Reserves the place for one archive of a person's working copy; it is kept for a day. */
export async function uploadLocalWorkspace(ports: Pick<Ports, 'db' | 'objects' | 'clock' | 'ids'>, actor: Actor, input: { readonly stackId: string }): Promise<LocalWorkspaceUpload> {
  const stack = await visibleStack(ports, actor, input.stackId);
  requireAction(actor, 'stack:upload-local-workspace', stack);

  requireLocalPreview(stack);
  const now = ports.clock.now();
  const id = ports.ids.ulid();
  const objectKey = `${id}/${ports.ids.random(16).toString('hex')}.tar.gz`;
  const audit = auditRow(ports, actor, { action: 'stack.upload-local-workspace', resourceType: 'stack', resourceId: stack.id, spaceId: stack.spaceId, body: { workspace: id } });
  await insertLocalWorkspace(ports.db.sql, { id, stackId: stack.id, objectKey, createdBy: actor.login, createdAt: now, expiresAt: new Date(now.getTime() + KEPT_MS) }, audit);
  const { url, headers } = await ports.objects.presignPut('user-uploaded-workspaces', objectKey, { ttlSeconds: UPLOAD_SECONDS });
  return { id, uploadUrl: url, uploadHeaders: headers };
}
