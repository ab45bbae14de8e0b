import { describe, it } from 'node:test';
import { expect } from 'expect';
import { readableText } from '../../../lib/edge/graphql/request-text.ts';

describe('the text of a request', () => {
  it('loses empty argument lists, and keeps its length so that error positions stay right', () => {
    expect(readableText('{ spaces() { id } }')).toBe('{ spaces   { id } }');
    expect(readableText('{ a( \n , ) b() }')).toBe('{ a  \n     b   }');
  });

  it('is left alone where arguments are given', () => {
    const text = 'query ($id: ID!) { stack(id: $id) { runs(before: "()") { id } } }';

    expect(readableText(text)).toBe(text);
  });

  it('keeps parentheses inside strings and comments', () => {
    const text = '# a ( comment\n{ a(b: "()", c: """ () \\""" () """, d: "\\"()") # ()\n}';

    expect(readableText(text)).toBe(text);
  });

  it('is refused when brackets are nested beyond any sense, in strings not', () => {
    expect(readableText('{a'.repeat(500_000))).toBeUndefined();
    expect(readableText(`{ a(b: ${'['.repeat(200)}${']'.repeat(200)}) }`)).toBeUndefined();
    expect(readableText(`{ a(b: "${'{'.repeat(200)}") }`)).toBeDefined();
  });

  it('may end in the middle of anything', () => {
    for (const text of ['{ a(b: "', '"""', '{ a( ', '#', '"\\', '']) expect(readableText(text)).toBe(text);
  });
});
