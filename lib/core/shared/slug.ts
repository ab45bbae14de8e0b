/** Lower-case name with runs of other characters as one dash, at most 63 characters (stacks.md §1). */
export function slugOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 63).replace(/-+$/, '');
}

const SUFFIX_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** The slug with a dash and five random characters, still at most 63 long: for a name whose slug is taken or empty. */
export function slugWithSuffix(slug: string, random: Uint8Array): string {
  const suffix = [...random.subarray(0, 5)].map((byte) => SUFFIX_ALPHABET[byte % SUFFIX_ALPHABET.length]).join('');
  return `${slug.slice(0, 57).replace(/-+$/, '')}-${suffix}`;
}
