import type { Change } from '../../../protocol/worker-api.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Run } from '../run.ts';

/** Resources that a run plans to change, or has changed once it applied; empty before there is a plan. */
export async function readRunChanges(ports: Pick<Ports, 'objects'>, run: Pick<Run, 'changesKey' | 'applyChangesKey'>): Promise<readonly Change[]> {
  const key = run.applyChangesKey ?? run.changesKey;
  const body = key === null ? undefined : await ports.objects.get('documents', key);
  if (body === undefined) return [];
  const changes: unknown = JSON.parse(body.toString('utf8'));
  return Array.isArray(changes) ? (changes as readonly Change[]) : [];
}
