/** Finds many byte strings in one pass (Aho–Corasick). */
export interface Matcher {
  /** Calls `found` with every longest match per end position, ends ascending; returns how many last bytes may be the start of a match. */
  scan(bytes: Uint8Array, found: (start: number, end: number) => void): number;
}

export function byteMatcher(patterns: Iterable<Uint8Array>): Matcher {
  const next = new Map<number, number>();
  const depth = [0];
  const match = [0];
  const children: [number, number][][] = [[]];
  const starts = new Uint8Array(256);

  for (const pattern of patterns) {
    if (pattern.length === 0) continue;
    starts[pattern[0] ?? 0] = 1;
    let node = 0;
    for (const byte of pattern) {
      let child = next.get(node * 256 + byte);
      if (child === undefined) {
        child = depth.length;
        next.set(node * 256 + byte, child);
        children[node]?.push([byte, child]);
        children.push([]);
        depth.push((depth[node] ?? 0) + 1);
        match.push(0);
      }
      node = child;
    }
    match[node] = pattern.length;
  }

  const fail = new Int32Array(depth.length);
  const step = (from: number, byte: number): number => {
    for (let node = from; ; node = fail[node] ?? 0) {
      const child = next.get(node * 256 + byte);
      if (child !== undefined) return child;
      if (node === 0) return 0;
    }
  };
  const order = [0];
  for (let at = 0; at < order.length; at++) {
    const node = order[at] ?? 0;
    for (const [byte, child] of children[node] ?? []) {
      order.push(child);
      if (node !== 0) fail[child] = step(fail[node] ?? 0, byte);
      match[child] ||= match[fail[child] ?? 0] ?? 0;
    }
  }

  return {
    scan(bytes, found) {
      let node = 0;
      for (let at = 0; at < bytes.length; at++) {
        const byte = bytes[at] ?? 0;
        if (node === 0 && starts[byte] === 0) continue;
        node = step(node, byte);
        const length = match[node] ?? 0;
        if (length > 0) found(at + 1 - length, at + 1);
      }
      return depth[node] ?? 0;
    },
  };
}
