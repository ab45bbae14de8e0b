/** The object store's buckets (aws-install.md §6.2): days until objects expire, or null. */
export const BUCKETS = {
  deliveries: { expiryDays: 1 },
  'large-queue-messages': { expiryDays: 2 },
  metadata: { expiryDays: 2 },
  modules: { expiryDays: null },
  'policy-inputs': { expiryDays: 8 },
  'run-logs': { expiryDays: 60 },
  states: { expiryDays: null },
  uploads: { expiryDays: 1 },
  'user-uploaded-workspaces': { expiryDays: 1 },
  workspace: { expiryDays: 30 },
  documents: { expiryDays: null },
  downloads: { expiryDays: null },
} as const satisfies Record<string, { readonly expiryDays: number | null }>;

export type Bucket = keyof typeof BUCKETS;
export const BUCKET_NAMES = Object.keys(BUCKETS) as readonly Bucket[];
