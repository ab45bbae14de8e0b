const REFERENCE = /\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * Replaces `${NAME}` in each value by the value of that variable, itself replaced first. What is put in is not looked at
 * again; undefined names become nothing, `$${` stands for `${`, and variables that lead back to themselves stay as written.
 * A variable's own name means the one it hides, as in `PATH=/opt/bin:${PATH}`.
 */
export function interpolate(values: ReadonlyMap<string, string>, hidden: (name: string) => string | undefined = () => undefined): Map<string, string> {
  const circular = circularNames(values);
  const done = new Map<string, string>();

  const valueOf = (name: string): string => {
    const text = values.get(name);
    if (text === undefined) return hidden(name) ?? '';
    const known = done.get(name);
    if (known !== undefined) return known;
    const resolved = text.replace(REFERENCE, (written, escape: string, other: string) => {
      if (escape) return written.slice(1);
      if (other === name) return hidden(name) ?? written;
      return circular.has(name) && circular.has(other) ? written : valueOf(other);
    });
    done.set(name, resolved);
    return resolved;
  };
  return new Map([...values.keys()].map((name) => [name, valueOf(name)]));
}

/** Names that lead back to themselves through others. */
function circularNames(values: ReadonlyMap<string, string>): ReadonlySet<string> {
  const referenced = (name: string): string[] =>
    [...(values.get(name) ?? '').matchAll(REFERENCE)].flatMap((match) => (match[1] || match[2] === name ? [] : [match[2] ?? '']));
  const leadsTo = (from: string, target: string, seen: Set<string>): boolean =>
    referenced(from).some((name) => name === target || (!seen.has(name) && leadsTo(name, target, seen.add(name))));
  return new Set([...values.keys()].filter((name) => values.get(name)?.includes('${') && leadsTo(name, name, new Set([name]))));
}
