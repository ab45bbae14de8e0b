/** What hides a semicolon: text, names, comments. Alternatives are tried in this order at each place. */
const PART = /--[^\n]*|\/\*|\$([A-Za-z_][A-Za-z0-9_]*)?\$|\b[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|;/g;

/** The end of a comment that may hold others. */
function commentEnd(text: string, from: number): number {
  const bound = /\/\*|\*\//g;
  bound.lastIndex = from;
  for (let depth = 1; depth > 0; ) {
    const found = bound.exec(text);
    if (found === null) throw new Error('a comment of the migration has no end');
    depth += found[0] === '/*' ? 1 : -1;
  }
  return bound.lastIndex;
}

function dollarEnd(text: string, from: number, tag: string): number {
  const end = text.indexOf(tag, from);
  if (end < 0) throw new Error(`a text of the migration that ${tag} begins has no end`);
  return end + tag.length;
}

/** The statements of a file, without the comments between them: split at semicolons that are part of nothing else. */
export function splitStatements(text: string): readonly string[] {
  const statements: string[] = [];
  let statement = '';
  let from = 0;
  const part = new RegExp(PART);
  const take = (until: number) => {
    statement += text.slice(from, until);
    from = until;
  };
  const finish = () => {
    if (statement.trim() !== '') statements.push(statement.trim());
    statement = '';
  };
  for (let found = part.exec(text); found !== null; found = part.exec(text)) {
    const [token] = found;
    if (token === ';' || token.startsWith('--') || token === '/*') {
      take(found.index);
      from = token === '/*' ? commentEnd(text, part.lastIndex) : part.lastIndex;
      // What stood on its two sides stays apart.
      if (token === ';') finish();
      else statement += ' ';
    } else take(token.startsWith('$') ? dollarEnd(text, part.lastIndex, token) : part.lastIndex);
    part.lastIndex = from;
  }
  take(text.length);
  finish();
  return statements;
}
