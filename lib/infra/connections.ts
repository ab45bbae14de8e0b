import type { InstallConfig } from '../install/config.ts';

const GIB = 1024 ** 3;
const GIB_PER_ACU = 2;
const BYTES_PER_CONNECTION = 9_531_392;
const MOST = 5000;
/** A database that may pause takes no more, however large it grows. */
const MOST_WHEN_SMALL = 2000;
/** Memory of the size `large` by the family of a class; every next size has twice as much. */
const GIB_OF_LARGE: Readonly<Record<string, number>> = { c: 4, t: 8, m: 8, r: 16, x: 32 };
const PARTS_OF_LARGE: Readonly<Record<string, number>> = { micro: 1 / 8, small: 1 / 4, medium: 1 / 2, large: 1, xlarge: 2 };

/** Memory of a class such as `db.r8g.2xlarge`; null for one of a kind that is not known. */
function gibOf(instanceClass: string): number | null {
  const [, family = '', size = ''] = instanceClass.split('.');
  const times = /^(\d+)xlarge$/.exec(size)?.[1];
  const parts = times === undefined ? PARTS_OF_LARGE[size] : 2 * Number(times);
  const large = GIB_OF_LARGE[family[0] ?? ''];
  return parts === undefined || large === undefined ? null : parts * large;
}

/** Connections that a database of this size takes, by the service's own rule; null when its memory is not known. */
export function mostConnections({ instanceClass, minCapacity, maxCapacity }: InstallConfig['database']): number | null {
  const gib = instanceClass === null ? maxCapacity * GIB_PER_ACU : gibOf(instanceClass);
  if (gib === null) return null;
  const most = instanceClass === null && minCapacity < 1 ? MOST_WHEN_SMALL : MOST;
  return Math.min(most, Math.floor((gib * GIB) / BYTES_PER_CONNECTION));
}
