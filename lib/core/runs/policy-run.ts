import type { Change } from '../../protocol/worker-api.ts';
import { inputValue, nanoseconds, type InputValue } from '../policies/input-text.ts';
import { commitInput } from '../stacks/policy-stack.ts';
import { currentReviews, type RunReview } from './run-discussion.ts';
import type { CreatorSession, Run, RunHistoryEntry } from './run.ts';

type Document = { readonly [key: string]: InputValue };

/** Beside the run itself. */
export interface RunFactsForPolicies {
  readonly accountName: string;
  readonly isOnTrackedBranch: boolean;
  readonly changes: readonly Change[];
  readonly runtimeConfig: Document;
}

/** Who did something, as policies see it. What signs in without an organisation counts as its member. */
export function sessionInput(session: CreatorSession, accountName: string): Document {
  return {
    login: session.login,
    name: session.name,
    member: true,
    admin: session.admin,
    machine: session.machine,
    teams: session.teams,
    creator_ip: session.creatorIp ?? '',
    ...(session.machine ? { account_name: accountName } : {}),
  };
}

const changeInput = (change: Change): Document => ({
  phase: change.phase,
  action: change.action,
  moved: change.moved,
  entity: {
    address: change.address,
    name: change.name,
    type: change.type,
    entity_vendor: 'terraform',
    entity_type: change.type === 'output' ? 'output' : 'resource',
    data: change.values === undefined ? {} : { values: inputValue(change.values) },
  },
});

/** Versions of a state that policies have no word for are the state they lead to. */
const stateWord = (state: Run['state']): string => (state === 'PREPARING_REPLAN' ? 'PREPARING' : state);

/** What every input says of a run, without its settings and changes. */
export function runOutline(run: Run, isOnTrackedBranch: boolean): Document {
  return {
    id: run.id,
    type: run.type,
    state: stateWord(run.state),
    branch: run.branch,
    command: run.type === 'TASK' ? run.command : null,
    commit: commitInput(run.commit, run.branch, isOnTrackedBranch),
    created_at: nanoseconds(run.createdAt),
    updated_at: nanoseconds(run.updatedAt),
    triggered_by: run.triggeredBy,
    drift_detection: run.driftDetection,
    based_on_local_workspace: run.localWorkspaceId !== null,
    user_provided_metadata: run.userMetadata,
  };
}

/** A run as policies see it. */
export function runInput(run: Run, facts: RunFactsForPolicies): Document {
  return {
    ...runOutline(run, facts.isOnTrackedBranch),
    creator_session: run.creatorSession === null ? null : sessionInput(run.creatorSession, facts.accountName),
    changes: facts.changes.map(changeInput),
    flags: run.flags,
    runtime_config: facts.runtimeConfig,
  };
}

/** States that a run has been in, oldest first. */
export const statesHistory = (history: readonly RunHistoryEntry[]): readonly Document[] =>
  [...history].sort((a, b) => a.stateVersion - b.stateVersion).map((entry) => ({
    new_state: stateWord(entry.state), state_version: entry.stateVersion, timestamp_ns: nanoseconds(entry.at), username: entry.username, note: entry.note,
  }));

const reviewInput = (review: RunReview, accountName: string): Document => ({
  author: review.author,
  author_roles: review.authorRoles.map((role) => ({ ulid: role.ulid, slug: role.slug, id: role.slug, name: role.name })),
  request: { remote_ip: review.session?.creatorIp ?? '', timestamp_ns: nanoseconds(review.createdAt) },
  session: review.session === null ? null : sessionInput(review.session, accountName),
  state: review.state,
  state_version: review.stateVersion,
});

/** The reviews of a run, apart for the state it is in and those before; `reviews` are newest first. */
export function reviewsInput(reviews: readonly RunReview[], run: Pick<Run, 'stateVersion'>, accountName: string): Document {
  const split = (list: readonly RunReview[]): Document => ({
    approvals: list.filter(({ decision }) => decision === 'APPROVE').map((review) => reviewInput(review, accountName)),
    rejections: list.filter(({ decision }) => decision === 'REJECT').map((review) => reviewInput(review, accountName)),
  });
  const { current, older } = currentReviews(reviews, run.stateVersion);
  return { current: split(current), older: split(older) };
}
