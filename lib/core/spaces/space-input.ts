import { invalid } from '../shared/errors.ts';
import type { Space } from './space.ts';

/** What clients send for a space; an update replaces all of it. */
export interface SpaceInput {
  readonly name: string;
  readonly description?: string | null;
  readonly labels?: readonly string[] | null;
  readonly parentSpace: string;
  readonly inheritEntities: boolean;
}

/** The fields of a space that a person sets, checked. */
export function spaceFields(input: SpaceInput): Pick<Space, 'name' | 'description' | 'labels' | 'parentId' | 'inheritEntities'> {
  const name = input.name.trim();
  if (name === '') throw invalid('a space needs a name', { field: 'name' });
  if (name.length > 255) throw invalid('the name of a space has at most 255 characters', { field: 'name' });
  return { name, description: input.description ?? '', labels: [...new Set(input.labels ?? [])], parentId: input.parentSpace, inheritEntities: input.inheritEntities };
}
