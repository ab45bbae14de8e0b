/** How many single characters must be put in, left out or changed to turn one text into the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The known name nearest to a wrong one; the first of equals, undefined only where nothing is known. */
export function nearestName(wrong: string, known: readonly string[]): string | undefined {
  return known.map((name) => ({ name, far: distance(wrong.toLowerCase(), name.toLowerCase()) })).sort((a, b) => a.far - b.far)[0]?.name;
}
