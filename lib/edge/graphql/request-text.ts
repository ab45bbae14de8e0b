/** Brackets of any kind that may be open at once; far above what a sensible query needs, far below what exhausts the stack. */
const MAX_NESTING = 120;

/**
 * Makes a document fit for the parser: an empty argument list, which several clients write (`spaces() { id }`), becomes
 * blanks, so that positions in errors stay right. Returns undefined for nesting that would exhaust the parser's stack.
 */
export function readableText(text: string): string | undefined {
  let nesting = 0;
  let emptyFrom = -1;
  const blanks: [number, number][] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '#') {
      at = endOfLine(text, at);
      continue;
    }
    if (char === '"') at = endOfString(text, at);
    if (char === '(' || char === '{' || char === '[') {
      if (++nesting > MAX_NESTING) return undefined;
    } else if (char === ')' || char === '}' || char === ']') nesting--;

    if (char === '(') emptyFrom = at;
    else if (char === ')' && emptyFrom >= 0) blanks.push([emptyFrom, at + 1]);
    if (char !== '(' && !/[\s,]/.test(char)) emptyFrom = -1;
  }
  return blanks.reduce((result, [from, to]) => result.slice(0, from) + result.slice(from, to).replace(/[(),]/g, ' ') + result.slice(to), text);
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** Index of the closing quote of a string or block string that starts at `from`. */
function endOfString(text: string, from: number): number {
  if (text.startsWith('"""', from)) {
    let end = text.indexOf('"""', from + 3);
    while (end > 0 && text.charAt(end - 1) === '\\') end = text.indexOf('"""', end + 3);
    return end < 0 ? text.length : end + 2;
  }
  let at = from + 1;
  while (at < text.length && text.charAt(at) !== '"' && text.charAt(at) !== '\n') at += text.charAt(at) === '\\' ? 2 : 1;
  return at;
}
