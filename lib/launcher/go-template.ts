/** Values a template may name: `.Name`, and `.` within a `range`. */
export type TemplateValue = string | boolean | readonly string[];
export type TemplateValues = Readonly<Record<string, TemplateValue>>;

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly words: readonly string[] }
  | { readonly kind: 'if' | 'range'; readonly words: readonly string[]; readonly then: readonly Node[]; readonly otherwise: readonly Node[] };

interface Scope {
  readonly values: TemplateValues;
  readonly dot: TemplateValue | undefined;
}

/** A template that cannot be read or filled in; the message says which part. */
export class TemplateError extends Error {
  override name = 'TemplateError';
}

const ACTION = /\{\{(-?)\s*([\s\S]*?)\s*(-?)\}\}/g;
const WORD = /"(?:[^"\\]|\\.)*"|`[^`]*`|[^\s"`]+/g;

/**
 * Fills in a template of Go's `text/template`, as far as commands of a workflow need it: fields, `if`, `else`, `else if`, `range`, `end`,
 * comments, trimming by `{{-` and `-}}`, and the functions `not`, `and`, `or`, `eq`, `ne`, `len`. Anything else is a TemplateError.
 */
export function renderTemplate(template: string, values: TemplateValues): string {
  const tokens = tokenize(template);
  const { nodes, rest } = parse(tokens, 0, false);
  if (rest < tokens.length) throw new TemplateError('{{end}} or {{else}} without a beginning');
  return print(nodes, { values, dot: undefined });
}

type Token = { readonly text: string } | { readonly action: string };

function tokenize(template: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trimNext = false;
  const addText = (raw: string, trimEnd: boolean) => {
    const started = trimNext ? raw.trimStart() : raw;
    const text = trimEnd ? started.trimEnd() : started;
    if (text !== '') tokens.push({ text });
  };
  for (const match of template.matchAll(ACTION)) {
    addText(template.slice(at, match.index), match[1] === '-');
    const action = match[2] ?? '';
    if (!/^\/\*[\s\S]*\*\/$/.test(action)) tokens.push({ action });
    trimNext = match[3] === '-';
    at = match.index + match[0].length;
  }
  const last = template.slice(at);
  if (last.includes('{{')) throw new TemplateError('{{ without }}');
  addText(last, false);
  return tokens;
}

const wordsOf = (action: string): readonly string[] => action.match(WORD) ?? [];

/** Up to the matching `end` or `else` when inside a block, else to the end of the template. */
function parse(tokens: readonly Token[], from: number, inside: boolean): { readonly nodes: readonly Node[]; readonly rest: number } {
  const nodes: Node[] = [];
  let at = from;
  while (at < tokens.length) {
    const token = tokens[at] as Token;
    if ('text' in token) {
      nodes.push({ kind: 'text', text: token.text });
      at++;
      continue;
    }
    const [first = '', ...words] = wordsOf(token.action);
    if (first === 'end' || first === 'else') return { nodes, rest: at };
    if (first !== 'if' && first !== 'range') {
      nodes.push({ kind: 'print', words: [first, ...words] });
      at++;
      continue;
    }
    const block = parseBlock(tokens, at + 1, first, words);
    nodes.push(block.node);
    at = block.rest;
  }
  if (inside) throw new TemplateError('a block without {{end}}');
  return { nodes, rest: at };
}

function parseBlock(tokens: readonly Token[], from: number, kind: 'if' | 'range', words: readonly string[]): { readonly node: Node; readonly rest: number } {
  const then = parse(tokens, from, true);
  const [closing = '', next = '', ...condition] = wordsOf((tokens[then.rest] as { readonly action: string }).action);
  if (closing === 'end') return { node: { kind, words, then: then.nodes, otherwise: [] }, rest: then.rest + 1 };
  if (next === 'if') {
    const nested = parseBlock(tokens, then.rest + 1, 'if', condition);
    return { node: { kind, words, then: then.nodes, otherwise: [nested.node] }, rest: nested.rest };
  }
  const otherwise = parse(tokens, then.rest + 1, true);
  if ((tokens[otherwise.rest] as { readonly action: string }).action !== 'end') throw new TemplateError('a second {{else}}');
  return { node: { kind, words, then: then.nodes, otherwise: otherwise.nodes }, rest: otherwise.rest + 1 };
}

function print(nodes: readonly Node[], scope: Scope): string {
  return nodes.map((node) => {
    if (node.kind === 'text') return node.text;
    const value = evaluate(node.words, scope);
    if (node.kind === 'print') return typeof value === 'object' ? `[${value.join(' ')}]` : String(value);
    if (node.kind === 'if') return print(isTrue(value) ? node.then : node.otherwise, scope);
    if (typeof value !== 'object') throw new TemplateError(`range over ${node.words.join(' ')}, which is no list`);
    return value.length === 0 ? print(node.otherwise, scope) : value.map((dot) => print(node.then, { ...scope, dot })).join('');
  }).join('');
}

const isTrue = (value: TemplateValue | number): boolean => (typeof value === 'object' ? value.length > 0 : Boolean(value));

function evaluate([name = '', ...words]: readonly string[], scope: Scope): TemplateValue | number {
  const args = () => words.map((word) => evaluate([word], scope));
  switch (name) {
    case 'not':
      return !isTrue(one(args(), name));
    case 'and':
      return args().every(isTrue);
    case 'or':
      return args().some(isTrue);
    case 'eq':
    case 'ne': {
      const [left, ...others] = args();
      return others.includes(left as TemplateValue) === (name === 'eq');
    }
    case 'len':
      return lengthOf(one(args(), name));
  }
  if (words.length > 0) throw new TemplateError(`unknown function ${name}`);
  if (name === 'true' || name === 'false') return name === 'true';
  if (name.startsWith('"')) return JSON.parse(name) as string;
  if (name.startsWith('`')) return name.slice(1, -1);
  if (name === '.') {
    if (scope.dot === undefined) throw new TemplateError('{{ . }} outside of a range');
    return scope.dot;
  }
  const value = /^\$?\.(\w+)$/.exec(name)?.[1];
  const found = value === undefined ? undefined : scope.values[value];
  if (found === undefined) throw new TemplateError(`unknown ${name === '' ? 'empty action' : name}; known are ${Object.keys(scope.values).map((key) => `.${key}`).join(', ')}`);
  return found;
}

function one(args: readonly (TemplateValue | number)[], name: string): TemplateValue | number {
  const [first] = args;
  if (first === undefined || args.length > 1) throw new TemplateError(`${name} takes one argument`);
  return first;
}

const lengthOf = (value: TemplateValue | number): number => (typeof value === 'string' || typeof value === 'object' ? value.length : 0);
