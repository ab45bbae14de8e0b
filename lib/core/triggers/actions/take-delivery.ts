import type { Ports } from '../../ports/ports.ts';
import { followHook } from './follow-hook.ts';

const GIT_HOOK = /^\/webhooks\/git\/([^/]+)$/;

/** Does what a hook asks for that was taken in without the database. What nobody waits for any more is passed over. */
export async function takeDelivery(ports: Pick<Ports, 'db' | 'queue' | 'telemetry'>, delivery: { readonly path: string; readonly receivedAt: string }): Promise<void> {
  const token = GIT_HOOK.exec(delivery.path)?.[1];
  if (token !== undefined && (await followHook(ports, { token, at: new Date(delivery.receivedAt) }))) return;
  ports.telemetry.log('warn', 'a delivery that no stack or integration waits for was dropped', { kind: token === undefined ? 'unknown' : 'git' });
}
