import { describe, it } from 'node:test';
import { expect } from 'expect';
import { buildSchema } from 'graphql';
import { documentChecker, MAX_DEPTH, type Checked } from '../../../lib/edge/graphql/documents.ts';

const schema = buildSchema('type Query { node: Node, spaces: [Node!]!, count(of: Int!): Int } type Node { id: ID!, parent: Node }');
const check = documentChecker(schema);
const messages = (checked: Checked) => ('errors' in checked ? checked.errors.map((error) => error.message) : []);
const nested = (levels: number) => `{ node ${'{ parent '.repeat(levels - 1)}{ id }${' }'.repeat(levels - 1)} }`;

describe('checking a document', () => {
  it('accepts a valid one, with empty parentheses too', () => {
    expect(messages(check('{ spaces() { id } }'))).toEqual([]);
  });

  it('answers the same object when the text comes again', () => {
    expect(check('{ node { id } }')).toBe(check('{ node { id } }'));
  });

  it('names an unknown field, a wrong type and a syntax error', () => {
    expect(messages(check('{ nothing }'))).toEqual(['Cannot query field "nothing" on type "Query".']);
    expect(messages(check('{ count(of: "one") }'))).toEqual(['Int cannot represent non-integer value: "one"']);
    expect(messages(check('{ node { id }'))).toEqual(['Syntax Error: Expected Name, found <EOF>.']);
  });

  it('allows the deepest nesting and refuses one level more, however it is written', () => {
    const inFragments = `{ ...a } ${'abcdefghij'.split('').map((name, index, names) => `fragment ${name} on ${index === 0 ? 'Query' : 'Node'} { ${index === 0 ? 'node' : 'parent'} { parent { parent { parent { id ${names[index + 1] ? `...${names[index + 1]}` : ''} } } } } }`).join(' ')}`;

    expect(messages(check(nested(MAX_DEPTH - 1)))).toEqual([]);
    expect(messages(check(nested(MAX_DEPTH)))).toEqual([expect.stringContaining('nested too deeply')]);
    expect(messages(check(nested(100)))).toEqual([expect.stringContaining('at most 30 levels')]);
    expect(messages(check(inFragments))).toEqual([expect.stringContaining('nested too deeply')]);
  });

  it('survives nesting that would exhaust the stack', () => {
    expect(messages(check('{node'.repeat(200_000)))).toEqual([expect.stringContaining('nested too deeply')]);
  });

  it('refuses fragments in a circle and documents of absurd length', () => {
    expect(messages(check('{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }'))).toEqual([expect.stringContaining('Cannot spread fragment "a" within itself')]);
    expect(messages(check(`{ ${'count(of: 1) '.repeat(10_000)} }`))).toEqual([expect.stringMatching(/token/i)]);
  });

  it('knows which documents look into the schema', () => {
    expect(check('{ __schema { queryType { name } } }')).toMatchObject({ introspects: true });
    expect(check('{ __typename }')).toMatchObject({ introspects: false });
  });
});
