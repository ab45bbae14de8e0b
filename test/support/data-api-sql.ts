/** A statement as PostgreSQL takes it, and what stands for each of its parameters, in order. */
export interface Positional {
  readonly text: string;
  readonly names: readonly string[];
}

/** What a colon has no meaning in: strings, quoted names, comments, dollar quotes. */
const OPAQUE = /e'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$([a-z_]\w*)?\$[\s\S]*?\$\1\$/iy;
const PARAMETER = /:([a-z_]\w*)/iy;
const POSITION = /\$\d+/y;

/** Replaces each `:name` by a position with the type that `typeOf` names; the service knows no other parameters. */
export function toPositional(sql: string, typeOf: (name: string) => string | undefined): Positional {
  const names: string[] = [];
  let text = '';
  for (let at = 0; at < sql.length; ) {
    const take = (pattern: RegExp): RegExpExecArray | null => {
      pattern.lastIndex = at;
      return pattern.exec(sql);
    };
    const opaque = take(OPAQUE);
    if (opaque !== null || sql.startsWith('::', at)) {
      const piece = opaque?.[0] ?? '::';
      text += piece;
      at += piece.length;
      continue;
    }
    const parameter = take(PARAMETER);
    const name = parameter?.[1];
    if (parameter !== null && name !== undefined) {
      if (!names.includes(name)) names.push(name);
      const type = typeOf(name);
      text += `$${names.indexOf(name) + 1}${type === undefined ? '' : `::${type}`}`;
      at += parameter[0].length;
      continue;
    }
    if (take(POSITION) !== null) throw new Error('parameters are named, not numbered');
    text += sql[at];
    at += 1;
  }
  return { text, names };
}
