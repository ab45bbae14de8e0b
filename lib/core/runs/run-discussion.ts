import type { RunState } from './run-states.ts';
import type { CreatorSession } from './run.ts';

export interface RunComment {
  readonly id: string;
  readonly runId: string;
  readonly username: string;
  readonly body: string;
  readonly createdAt: Date;
}

export type ReviewDecision = 'APPROVE' | 'REJECT';

export interface RunReview {
  readonly id: string;
  readonly runId: string;
  readonly state: RunState;
  readonly stateVersion: number;
  readonly author: string;
  readonly decision: ReviewDecision;
  readonly note: string | null;
  /** Of the author, as policies are told; null for reviews from before it was kept. */
  readonly session: CreatorSession | null;
  readonly authorRoles: readonly { readonly ulid: string; readonly slug: string; readonly name: string }[];
  readonly createdAt: Date;
}

const REVIEWED: ReadonlySet<RunState> = new Set<RunState>(['QUEUED', 'UNCONFIRMED', 'PENDING_REVIEW']);

/** Reviews count while a run waits to begin, to be confirmed, or for reviews (runs.md §7.5). */
export const isReviewable = (state: RunState): boolean => REVIEWED.has(state);

/**
 * Newest review of each person, apart for the state the run is in and for those it was in before.
 * `reviews` are newest first.
 */
export function currentReviews(reviews: readonly RunReview[], stateVersion: number): { readonly current: readonly RunReview[]; readonly older: readonly RunReview[] } {
  const newestOf = (list: readonly RunReview[]) => list.filter((review, index) => list.findIndex(({ author }) => author === review.author) === index);
  return {
    current: newestOf(reviews.filter((review) => review.stateVersion === stateVersion)),
    older: newestOf(reviews.filter((review) => review.stateVersion !== stateVersion)),
  };
}
