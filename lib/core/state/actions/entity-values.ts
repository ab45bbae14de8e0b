import type { Ports } from '../../ports/ports.ts';
import type { Entity } from '../entity.ts';

/** Values that lie near each other are fetched together, up to this much at once. */
const WINDOW_BYTES = 4 * 1024 * 1024;

interface Placed {
  readonly id: string;
  readonly offset: number;
  readonly length: number;
}

/** Sanitized values of entities as JSON text, by id; none for modules, secret outputs and documents that are gone. */
export async function entityValues(ports: Pick<Ports, 'objects'>, entities: readonly Pick<Entity, 'id' | 'values'>[]): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const [key, places] of Map.groupBy(placed(entities), ({ key }) => key)) {
    for (const window of windows(places)) {
      const start = window[0]?.offset ?? 0;
      const end = Math.max(...window.map((place) => place.offset + place.length));
      const bytes = await ports.objects.getRange('documents', key, start, end - start);
      if (bytes === undefined) continue;
      for (const { id, offset, length } of window) texts.set(id, JSON.parse(bytes.subarray(offset - start, offset - start + length).toString('utf8')) as string);
    }
  }
  return texts;
}

const placed = (entities: readonly Pick<Entity, 'id' | 'values'>[]) =>
  entities.flatMap(({ id, values }) => (values === null ? [] : [{ id, ...values }])).sort((a, b) => a.offset - b.offset);

function windows(places: readonly Placed[]): readonly (readonly Placed[])[] {
  const result: Placed[][] = [];
  for (const place of places) {
    const last = result.at(-1);
    if (last?.[0] !== undefined && place.offset + place.length - last[0].offset <= WINDOW_BYTES) last.push(place);
    else result.push([place]);
  }
  return result;
}
