import { isAppError } from '../../shared/errors.ts';
import type { Stack } from '../../stacks/stack.ts';
import { abandonLook, claimRepository, finishLook, LOOK_LEASE_MS, renewClaim, type SeenHeads } from '../../vcs/repository-store.ts';
import { repositoryChanged, type LookCause } from '../../vcs/vcs-messages.ts';
import { headChanges, newsFor, type Heads, type Look, type StackNews } from '../head-changes.ts';
import { followingOf, type Following } from '../following-store.ts';
import { cancelPreviews, type FollowNeeds } from './follow-push.ts';
import { gatherPushes } from './follow-pushes.ts';
import { pushEvents } from './push-events.ts';

/** One look at a repository, by whoever has the turn. */
interface Turn {
  readonly url: string;
  readonly holder: string;
  readonly cause: LookCause;
  heldUntil: Date;
}

/**
 * Compares a repository's heads with those last seen, and starts the runs that the difference asks for. One look at a time: who comes
 * meanwhile makes the one in progress look once more. What was seen is recorded after the runs exist, so that a look cut short is repeated.
 */
export async function handleRepositoryChange(ports: FollowNeeds, input: { readonly url: string; readonly cause: LookCause }): Promise<void> {
  const { url, cause } = input;
  const holder = ports.ids.ulid();
  // Read beside the claim, and used unless another look has ended in between.
  const reading = followingOf(ports.db.sql, url).catch(() => undefined);
  const claim = await claimRepository(ports.db.sql, url, holder, ports.clock.now());
  if (!claim.held) {
    if (claim.isFirstToAsk) await lookLater(ports, input, claim.heldUntil);
    return;
  }
  const turn: Turn = { url, holder, cause, heldUntil: claim.heldUntil };
  try {
    const read = await reading;
    let known = read?.seenAt !== undefined && read.seenAt?.getTime() === claim.seenAt?.getTime() ? read : undefined;
    for (let seenAt = claim.seenAt; ;) {
      const seen = await look(ports, turn, seenAt, known);
      if ((await finishLook(ports.db.sql, url, holder, seen)) !== 'again') return;
      [seenAt, known] = [seen.seenAt, undefined];
    }
  } catch (error) {
    await abandonLook(ports.db.sql, url, holder, isAppError(error) ? error.message : 'an internal error', ports.clock.now());
    // A call of the hook is tried again while the host is away; a poll comes by itself, and a repository that is gone or closed needs a person.
    if (!isAppError(error) || (error.code === 'UNAVAILABLE' && cause.kind === 'hook')) throw error;
    ports.telemetry.log('warn', 'repository could not be looked at', { url, cause: cause.kind, reason: error.message });
  }
}

/** Should the one in progress die, this message looks in its place. */
async function lookLater(ports: FollowNeeds, input: { readonly url: string; readonly cause: LookCause }, heldUntil: Date): Promise<void> {
  const delaySeconds = Math.max(1, Math.ceil((heldUntil.getTime() - ports.clock.now().getTime()) / 1000));
  await ports.queue.enqueue(ports.db.sql, repositoryChanged, input, { delaySeconds });
}

async function look(ports: FollowNeeds, turn: Turn, seenAt: Date | null, known: Following | undefined): Promise<SeenHeads> {
  const now = ports.clock.now();
  const repository = { provider: 'GIT', url: turn.url } as const;
  const [heads, found] = await Promise.all([ports.vcs.heads(repository), known ?? followingOf(ports.db.sql, turn.url)]);
  const changes = headChanges(found.seen, heads);
  const following = found.stacks.filter((stack) => !stack.deleting);
  const looked: Look = { kind: turn.cause.kind, seenAt, changes, heads };

  const news = following.map((stack) => ({ stack, ...newsFor(stack, looked) }));
  const branches = [...new Set(news.flatMap(({ pushes }) => pushes.map(({ branch }) => branch)))];
  if (branches.length > 0) {
    await ports.vcs.fetch(repository, branches).catch((error: unknown) => {
      // A branch deleted this moment; the others are fetched as they are read.
      if (!isAppError(error, 'NOT_FOUND')) throw error;
    });
  }
  await tell(ports, turn, heads, found, news);
  if (seenAt !== null) for (const { branch } of changes.deleted) await cancelPreviews(ports, following, branch);
  return { seenAt: now, moved: changes.moved, deleted: changes.deleted.map(({ branch }) => branch) };
}

/** Each stack hears its news; pushes that concern several are read once, and what follows is written for many at once. */
async function tell(ports: FollowNeeds, turn: Turn, heads: Heads, following: Following, news: readonly (StackNews & { readonly stack: Stack })[]): Promise<void> {
  const eventOf = pushEvents(ports, turn, heads);
  const pushed = gatherPushes(ports, following, turn.cause);
  for (const { stack, pushes, adopt } of news) {
    if (adopt !== null) await pushed.adopt(stack, await ports.vcs.commit({ provider: stack.provider, url: stack.repositoryUrl }, { hash: adopt }));
    for (const push of pushes) {
      await keepTurn(ports, turn);
      const event = await eventOf(stack, push);
      if (event !== undefined) await pushed.hear(stack, event);
    }
  }
  await pushed.finish();
}

/** A long look renews its turn, and ends when another has it. */
async function keepTurn(ports: FollowNeeds, turn: Turn): Promise<void> {
  const now = ports.clock.now();
  if (turn.heldUntil.getTime() - now.getTime() > LOOK_LEASE_MS / 2) return;
  if (!(await renewClaim(ports.db.sql, turn.url, turn.holder, now))) throw new Error(`the turn to look at ${turn.url} went to another`);
  turn.heldUntil = new Date(now.getTime() + LOOK_LEASE_MS);
}
