import type { ResourceTag } from '../install/config.ts';

/** Variables of a function share 4 KiB. */
const MOST_CHARACTERS = 2000;
/** What IoT takes; other services take more. */
const TAKEN = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** The tags that things made at run time get as well: those that the service takes, as many as a function can be told. */
export function runTimeTags(tags: readonly ResourceTag[]): readonly ResourceTag[] {
  const told: ResourceTag[] = [];
  for (const tag of tags.filter(({ key, value }) => TAKEN.test(key) && TAKEN.test(value))) {
    if (JSON.stringify([...told, tag]).length > MOST_CHARACTERS) break;
    told.push(tag);
  }
  return told;
}
