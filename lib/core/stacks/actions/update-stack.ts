import type { Ports } from '../../ports/ports.ts';
import { can, requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict, invalid } from '../../shared/errors.ts';
import { unlessOvertaken } from '../../shared/sql-errors.ts';
import { requireVisibleSpace } from '../../spaces/space-rights.ts';
import { getSpace } from '../../spaces/space-store.ts';
import { noticeRepository } from '../../vcs/actions/notice-repository.ts';
import { dropTrackedCommit, setBranchHead } from '../stack-change-store.ts';
import { stackSettings, type StackInput } from '../stack-input.ts';
import { saveStackSettings, stackClashes } from '../stack-store.ts';
import type { Stack } from '../stack.ts';
import { readBranchHead, requireOfferedVersion, requireUsable } from './check-stack.ts';
import { visibleStack } from './read-stack.ts';

type Needs = Pick<Ports, 'db' | 'queue' | 'clock' | 'ids' | 'vcs' | 'settings'>;

/** Replaces all settings of a stack; its id and what runs left on it stay. */
export async function updateStack(ports: Needs, actor: Actor, { id, input }: { readonly id: string; readonly input: StackInput }): Promise<Stack> {
  const before = await visibleStack(ports.db.sql, actor, id);
  requireAction(actor, can(actor, 'stack:manage', before.spaceId) ? 'stack:manage' : 'stack:update', before.spaceId);
  requireNotDeleting(before);

  const fields = stackSettings({ ...input, space: input.space || before.spaceId }, before.manageState, ports.settings);
  if (fields.vendorConfig.vendor !== before.vendorConfig.vendor) {
    throw invalid(`stack has 1 error: vendorConfig: the vendor of a stack cannot change from ${before.vendorConfig.vendor} to ${fields.vendorConfig.vendor} by an update: migrate it`, { stack: id });
  }
  if (fields.spaceId !== before.spaceId) await requireMove(ports, actor, before, fields.spaceId);
  if ((await stackClashes(ports.db.sql, { name: fields.name, except: id })).name) throw conflict(nameTaken(fields.name), { name: fields.name });

  const changed: Stack = { ...before, ...fields, updatedAt: ports.clock.now() };
  await requireUsable(ports.db.sql, changed);
  if (asksForAnotherTool(before, changed)) await requireOfferedVersion(ports, ports.db.sql, changed);
  const after = await followingSource(ports, before, changed);
  const overtaken = { unique: nameTaken(fields.name), reference: `the space or worker pool of stack "${id}" was deleted at this moment` };
  await unlessOvertaken(overtaken, () =>
    ports.db.transaction(async (tx) => {
      if (!(await saveStackSettings(tx.sql, after))) throw conflict(`stack "${id}" is being deleted`, { stack: id });
      await saveAudit(ports, tx.sql, actor, { action: 'stack.update', resourceType: 'stack', resourceId: id, spaceId: after.spaceId, body: changesOf(before, after) });
      if (after.branchHead !== null && after.branchHead !== before.branchHead) await setBranchHead(tx.sql, id, after.branchHead);
      if (after.repositoryUrl !== before.repositoryUrl) {
        await dropTrackedCommit(tx.sql, id);
        await noticeRepository(ports, { url: after.repositoryUrl, tx });
      }
    }),
  );
  return after;
}

const nameTaken = (name: string) => `there is a stack named "${name}" already`;

export function requireNotDeleting(stack: Stack): void {
  if (stack.deleting) throw conflict(`stack "${stack.id}" is being deleted`, { stack: stack.id });
}

/** Moving takes the rights of an administrator on both sides. */
async function requireMove(ports: Needs, actor: Actor, stack: Stack, spaceId: string): Promise<void> {
  requireVisibleSpace(actor, spaceId);
  await getSpace(ports.db.sql, spaceId);
  requireAction(actor, 'space:admin', stack);
  requireAction(actor, 'space:admin', spaceId);
}

function asksForAnotherTool(before: Stack, after: Stack): boolean {
  const facts = (stack: Stack) => JSON.stringify([stack.vendorConfig.version, stack.vendorConfig.workflowTool]);
  return facts(before) !== facts(after);
}

/** Another repository or branch has another head, and a commit of another repository cannot stay the tracked one. */
async function followingSource(ports: Needs, before: Stack, changed: Stack): Promise<Stack> {
  const otherRepository = changed.repositoryUrl !== before.repositoryUrl;
  if (!otherRepository && changed.branch === before.branch) return changed;
  const branchHead = await readBranchHead(ports, changed);
  return otherRepository ? { ...changed, branchHead, trackedCommit: null, trackedCommitSetBy: null } : { ...changed, branchHead };
}

/** Names of the settings that differ, for the audit trail. */
function changesOf(before: Stack, after: Stack): { readonly changed: readonly string[] } {
  const ignored = new Set<keyof Stack>(['updatedAt', 'branchHead', 'trackedCommit', 'trackedCommitSetBy']);
  const keys = Object.keys(after) as (keyof Stack)[];
  return { changed: keys.filter((key) => !ignored.has(key) && JSON.stringify(before[key]) !== JSON.stringify(after[key])) };
}
