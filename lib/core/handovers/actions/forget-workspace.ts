import type { Ports } from '../../ports/ports.ts';
import { forgetWorkspaceKey } from '../handover-sweep-store.ts';
import { workspacePrefix } from '../workspace.ts';

/** Deletes what is kept of the workspace of an ended run. */
export async function forgetWorkspace({ db, objects }: Pick<Ports, 'db' | 'objects'>, workspace: { readonly runId: string; readonly key: string }): Promise<void> {
  for (const { key } of await objects.list('workspace', workspacePrefix(workspace.runId))) await objects.delete('workspace', key);
  await forgetWorkspaceKey(db.sql, workspace.runId, workspace.key);
}
