import type { Ports } from '../../ports/ports.ts';
import { requireAction, type Actor } from '../../shared/actor.ts';
import { saveAudit } from '../../shared/audit-store.ts';
import { conflict, invalid } from '../../shared/errors.ts';
import { unlessOvertaken } from '../../shared/sql-errors.ts';
import { slugOf, slugWithSuffix } from '../../shared/slug.ts';
import { requireVisibleSpace } from '../../spaces/space-rights.ts';
import { LEGACY_SPACE, ROOT_SPACE } from '../../spaces/space.ts';
import { findSpace, getSpace } from '../../spaces/space-store.ts';
import { noticeRepository } from '../../vcs/actions/notice-repository.ts';
import { stackSettings, type StackInput } from '../stack-input.ts';
import { insertStack, stackClashes } from '../stack-store.ts';
import type { Stack } from '../stack.ts';
import { readBranchHead, requireOfferedVersion, requireUsable } from './check-stack.ts';

type Needs = Pick<Ports, 'db' | 'queue' | 'clock' | 'ids' | 'vcs' | 'settings'>;

export interface CreateStack {
  readonly input: StackInput;
  readonly manageState?: boolean | null;
  /** The id; made from the name when left out. */
  readonly slug?: string | null;
  /** An uploaded state to begin with, which the caller puts in place; it needs a managed state. */
  readonly stackObjectId?: string | null;
}

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Adds a stack for a branch that exists. */
export async function createStack(ports: Needs, actor: Actor, { input, slug, ...request }: CreateStack): Promise<Stack> {
  const manageState = request.manageState ?? true;
  // Clients older than spaces name none.
  const space = input.space || ((await findSpace(ports.db.sql, LEGACY_SPACE))?.id ?? ROOT_SPACE);
  const fields = stackSettings({ ...input, space }, manageState, ports.settings);
  requireVisibleSpace(actor, fields.spaceId);
  await getSpace(ports.db.sql, fields.spaceId);
  requireAction(actor, 'stack:create', fields.spaceId);
  if (slug && !SLUG.test(slug)) throw invalid(`"${slug}" cannot be the id of a stack: it takes up to 63 lower-case letters, digits and dashes`, { field: 'slug' });
  if (request.stackObjectId && !manageState) throw invalid('a stack can begin with an uploaded state only if its state is managed', { field: 'stackObjectID' });

  const wanted = slug || slugOf(fields.name);
  const clashes = await stackClashes(ports.db.sql, { id: wanted, name: fields.name });
  if (clashes.name) throw conflict(`there is a stack named "${fields.name}" already`, { name: fields.name });
  if (clashes.id && slug) throw conflict(`there is a stack with the id "${slug}" already`, { stack: slug });
  const id = clashes.id || wanted === '' ? slugWithSuffix(wanted || 'stack', ports.ids.random(5)) : wanted;

  const now = ports.clock.now();
  const stack: Stack = {
    ...fields, id, manageState, isDisabled: false, deleting: false, lockedBy: null, lockedAt: null, lockNote: null, trackedCommit: null, trackedCommitSetBy: null,
    branchHead: null, lastAppliedVersion: null, lastApplyAt: null, gitHookToken: ports.ids.random(32).toString('base64url'), blockerRunId: null, state: 'NONE',
    stateSetAt: null, stateSetBy: null, createdBy: actor.login, createdAt: now, updatedAt: now,
  };
  await requireUsable(ports.db.sql, stack);
  await requireOfferedVersion(ports, ports.db.sql, stack);
  const created: Stack = { ...stack, branchHead: await readBranchHead(ports, stack) };
  await unlessOvertaken({ reference: `the space or worker pool of stack "${created.id}" was deleted at this moment` }, () =>
    ports.db.transaction(async (tx) => {
      if (!(await insertStack(tx.sql, created))) throw conflict(`there is a stack named "${created.name}" or with the id "${created.id}" already`, { stack: created.id });
      await saveAudit(ports, tx.sql, actor, {
        action: 'stack.create', resourceType: 'stack', resourceId: created.id, spaceId: created.spaceId, body: { name: created.name, repository: created.repositoryUrl, branch: created.branch },
      });
      await noticeRepository(ports, { url: created.repositoryUrl, tx });
    }),
  );
  return created;
}
