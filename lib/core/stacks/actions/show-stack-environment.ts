import { showConfigOf, type ShownConfig } from '../../contexts/actions/list-config.ts';
import { contextsOfStack } from '../../contexts/context-store.ts';
import type { AttachedContext } from '../../contexts/context.ts';
import type { Ports } from '../../ports/ports.ts';
import { canRead } from '../../spaces/space-rights.ts';
import { listSpaces } from '../../spaces/space-store.ts';
import type { Actor } from '../../shared/actor.ts';
import { sha256 } from '../../shared/text.ts';
import { computedVariables } from '../computed-variables.ts';
import { settingsFor } from '../run-settings.ts';
import type { Stack } from '../stack.ts';

/** One element that a run of the stack would see, and the context that it comes from. */
export interface EffectiveElement {
  readonly element: ShownConfig;
  readonly context: AttachedContext | null;
  /** Set by the platform itself. */
  readonly isComputed: boolean;
}

const COMPUTED = '<computed>';

/** The contexts that a stack has, strongest first, as far as the caller sees them. */
export async function attachedContexts(ports: Pick<Ports, 'db'>, actor: Actor, stack: Stack): Promise<readonly AttachedContext[]> {
  return (await contextsOfStack(ports.db.sql, stack, await listSpaces(ports.db.sql))).filter(({ context }) => canRead(actor, context.spaceId));
}

/** What a run would see: own and attached elements, each name from its strongest source, then what the platform adds. */
export async function effectiveConfig(ports: Pick<Ports, 'db' | 'cipher' | 'objects' | 'settings'>, stack: Stack): Promise<readonly EffectiveElement[]> {
  const contexts = await contextsOfStack(ports.db.sql, stack, await listSpaces(ports.db.sql));
  const owners = [{ type: 'stack', id: stack.id } as const, ...contexts.map(({ context }) => ({ type: 'context', id: context.id }) as const)];
  const elements = await showConfigOf(ports, owners);
  const kept = new Map<string, EffectiveElement>();
  for (const owner of owners) {
    for (const element of elements) {
      if (element.owner.type !== owner.type || element.owner.id !== owner.id) continue;
      const key = `${element.type} ${element.name}`;
      if (!kept.has(key)) kept.set(key, { element, context: contexts.find(({ context }) => owner.type === 'context' && context.id === owner.id) ?? null, isComputed: false });
    }
  }
  for (const { name } of computedNames(ports.settings.accountName, stack)) {
    const key = `ENVIRONMENT_VARIABLE ${name}`;
    if (kept.has(key)) continue;
    const element: ShownConfig = {
      id: `computed-${name}`, owner: { type: 'stack', id: stack.id }, name, type: 'ENVIRONMENT_VARIABLE', description: null, writeOnly: false,
      checksum: sha256(COMPUTED), fileMode: null, createdAt: stack.createdAt, value: COMPUTED,
    };
    kept.set(key, { element, context: null, isComputed: true });
  }
  return [...kept.values()];
}

function computedNames(accountName: string, stack: Stack) {
  const noRun = { id: '', type: 'TRACKED', branch: null, commitHash: '', localPreview: false, triggeredBy: null, environmentOverrides: [] } as const;
  return computedVariables(accountName, stack, settingsFor(stack, undefined).projectRoot, noRun);
}
