import * as z from 'zod/mini';
import { endReplication, putReplication, type ReplicationCalls } from '../adapters/aws/bucket-replication.ts';
import type { CustomResourceEvent } from './custom-resource.ts';

export const REPLICATION_RESOURCE = 'Custom::Replication';

/** A deployment writes everything as a text. */
const Properties = z.object({ Role: z.string(), KeyArn: z.string(), Buckets: z.array(z.object({ Name: z.string(), Copy: z.string(), Timed: z.string() })) });

/** Makes the buckets' rules those that the deployment names; a bucket that it names no more is copied no more. */
export async function settleReplication(calls: ReplicationCalls, event: CustomResourceEvent): Promise<void> {
  const { Role, KeyArn, Buckets } = Properties.parse(event.ResourceProperties);
  const names = Buckets.map(({ Name }) => Name);
  if (event.RequestType === 'Delete') return endReplication(calls, names);
  const buckets = Buckets.map(({ Name, Copy, Timed }) => ({ name: Name, copyArn: Copy, timed: Timed === 'true' }));
  await putReplication(calls, { role: Role, keyArn: KeyArn, buckets });
  if (event.RequestType !== 'Update') return;
  const before = Properties.safeParse(event.OldResourceProperties);
  if (before.success) await endReplication(calls, before.data.Buckets.map(({ Name }) => Name).filter((name) => !names.includes(name)));
}
