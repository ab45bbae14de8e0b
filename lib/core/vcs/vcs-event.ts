import type { CommitInfo } from '../ports/vcs.ts';

/** What every event of a version-control host says, whatever the host. */
interface EventOrigin {
  readonly provider: 'GIT';
  /** Null for raw git, which has no integration. */
  readonly integrationId: string | null;
  /** Two deliveries with one key are one event. */
  readonly deliveryKey: string;
  readonly receivedAt: Date;
  readonly repository: { readonly url: string; readonly namespace: string; readonly name: string };
  /** Null where the source does not tell who acted. */
  readonly actor: { readonly login: string | null; readonly name: string } | null;
  /** Found by comparing heads, not told by the host. */
  readonly synthetic: boolean;
}

export interface PushEvent extends EventOrigin {
  readonly kind: 'push';
  readonly branch: string;
  /** Null when the branch is new, or its earlier head unknown. */
  readonly before: string | null;
  readonly after: string;
  readonly created: boolean;
  /** Pushed commits as far as the source names them; the head is always there. */
  readonly commits: readonly CommitInfo[];
  readonly files: readonly string[];
  /** False when the source cut the list: then every path counts as changed. */
  readonly filesComplete: boolean;
}

export interface TagEvent extends EventOrigin {
  readonly kind: 'tag';
  readonly tag: string;
  /** Null when the tag was deleted. */
  readonly after: string | null;
}

export interface BranchDeletedEvent extends EventOrigin {
  readonly kind: 'branch-deleted';
  readonly branch: string;
  readonly before: string;
}

/** One neutral form for what happens in repositories; hosts translate into it. */
export type VcsEvent = PushEvent | TagEvent | BranchDeletedEvent;
