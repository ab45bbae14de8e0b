import { moduleOf, parentModule } from '../../protocol/resource-address.ts';
import { sha256 } from '../shared/text.ts';

export type EntityKind = 'resource' | 'module' | 'output';

/** Where sanitized values lie: a JSON string inside an object of the `documents` bucket. */
export interface ValuesPlace {
  readonly key: string;
  readonly offset: number;
  readonly length: number;
}

/** A resource, output or module that a stack's state holds. */
export interface Entity {
  readonly id: string;
  readonly stackId: string;
  readonly kind: EntityKind;
  readonly address: string;
  readonly name: string;
  /** Resource type, `output` or `module`. */
  readonly type: string;
  /** Id of the module it is in; '' at the root. */
  readonly parentId: string;
  readonly provider: string | null;
  readonly mode: string | null;
  readonly tainted: boolean;
  readonly sensitive: boolean;
  /** A module known only through what lies deeper in it. */
  readonly phantom: boolean;
  readonly values: ValuesPlace | null;
  readonly valuesSha256: string | null;
  readonly outputHash: string | null;
  readonly creatorRunId: string | null;
  readonly updaterRunId: string | null;
  readonly driftedAt: Date | null;
  readonly thirdPartyMetadata: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a state says of an entity; who made it and when is the list's own knowledge. */
export type FoundEntity = Pick<Entity, 'kind' | 'address' | 'name' | 'type' | 'provider' | 'mode' | 'tainted' | 'sensitive' | 'phantom' | 'values' | 'valuesSha256' | 'outputHash'>;

/** Stands for the same thing for ever. The stack's birth keeps apart two stacks that had one slug after another. */
export function entityId(stack: { readonly id: string; readonly createdAt: Date }, kind: EntityKind, address: string): string {
  return sha256(`${stack.id}\n${stack.createdAt.toISOString()}\n${kind}\n${address}`).slice(0, 32);
}

const bare = { provider: null, mode: null, tainted: false, sensitive: false, values: null, valuesSha256: null, outputHash: null } as const;

/** The modules around these resources, outer ones first. */
export function modulesOf(resources: readonly Pick<FoundEntity, 'address'>[]): readonly FoundEntity[] {
  const direct = new Set(resources.map((resource) => moduleOf(resource.address)).filter((module) => module !== ''));
  const all = new Set<string>();
  for (const module of direct) for (let at = module; at !== ''; at = parentModule(at)) all.add(at);
  return [...all].sort().map((address) => ({ ...bare, kind: 'module', address, name: address.slice(parentModule(address).length).replace(/^\.?module\./, ''), type: 'module', phantom: !direct.has(address) }));
}

/** Address of the module that holds an entity; '' at the root. */
export function parentAddress(entity: Pick<FoundEntity, 'kind' | 'address'>): string {
  if (entity.kind === 'output') return '';
  return entity.kind === 'module' ? parentModule(entity.address) : moduleOf(entity.address);
}
