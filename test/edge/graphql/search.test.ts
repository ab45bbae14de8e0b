import { describe, it } from 'node:test';
import { expect } from 'expect';
import { searchIn, type Searchable } from '../../../lib/edge/graphql/search.ts';

interface Plant {
  readonly id: string;
  readonly name: string;
  readonly labels: readonly string[];
  readonly height: number;
  readonly evergreen: boolean;
}

const plants: readonly Plant[] = [
  { id: 'a', name: 'Oak', labels: ['tree'], height: 30, evergreen: false },
  { id: 'b', name: 'Fir', labels: ['tree', 'conifer'], height: 40, evergreen: true },
  { id: 'c', name: 'Fern', labels: [], height: 1, evergreen: true },
  { id: 'd', name: 'Moss', labels: [], height: 0, evergreen: true },
  { id: 'e', name: 'Ash', labels: ['tree'], height: 30, evergreen: false },
];
const by: Searchable<Plant> = {
  id: ({ id }) => id,
  text: (plant) => [plant.name, ...plant.labels],
  fields: { name: ({ name }) => name, labels: ({ labels }) => labels, height: ({ height }) => height, evergreen: ({ evergreen }) => evergreen },
  order: { field: 'name', direction: 'ASC' },
};
const names = (input: Parameters<typeof searchIn>[1]) => searchIn(plants, input, by).edges.map(({ node }) => node.name);

describe('searching a list', () => {
  it('gives everything in the list\'s own order when nothing is asked', () => {
    expect(names({})).toEqual(['Ash', 'Fern', 'Fir', 'Moss', 'Oak']);
  });

  it('pages forwards without gaps or repetition, also among equals', () => {
    const seen: string[] = [];
    let after = '';
    for (;;) {
      const page = searchIn(plants, { first: 2, after, orderBy: { field: 'height', direction: 'DESC' } }, by);
      seen.push(...page.edges.map(({ node }) => node.name));
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }

    expect(seen).toEqual(['Fir', 'Ash', 'Oak', 'Fern', 'Moss']);
  });

  it('pages backwards from a cursor', () => {
    const all = searchIn(plants, {}, by);
    const before = searchIn(plants, { last: 2, before: all.pageInfo.endCursor }, by);

    expect(before.edges.map(({ node }) => node.name)).toEqual(['Fir', 'Moss']);
    expect(before.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  });

  it('keeps what meets every predicate, any of a predicate\'s values, and not the excluded', () => {
    expect(names({ predicates: [{ field: 'labels', constraint: { stringMatches: ['conifer', 'tree'] } }, { field: 'evergreen', constraint: { booleanEquals: [false] } }] })).toEqual(['Ash', 'Oak']);
    expect(names({ predicates: [{ field: 'name', constraint: { stringMatches: ['f*R', 'm*ss'] } }] })).toEqual(['Fir', 'Moss']);
    expect(names({ predicates: [{ field: 'name', constraint: { enumEquals: ['Oak'] }, exclude: true }] })).toEqual(['Ash', 'Fern', 'Fir', 'Moss']);
  });

  it('finds words in any order and case', () => {
    expect(names({ fullTextSearch: ' TREE  fi ' })).toEqual(['Fir']);
  });

  it('answers an empty page with empty cursors', () => {
    expect(searchIn(plants, { fullTextSearch: 'nowhere' }, by)).toEqual({ edges: [], pageInfo: { startCursor: '', endCursor: '', hasNextPage: false, hasPreviousPage: false } });
  });

  it('refuses a field it does not know, a direction that is none, a foreign cursor and an empty constraint', () => {
    expect(() => names({ predicates: [{ field: 'colour', constraint: { stringMatches: ['x'] } }] })).toThrow('cannot be searched by "colour"');
    expect(() => names({ orderBy: { field: 'constructor', direction: 'ASC' } })).toThrow('cannot be searched by "constructor"');
    expect(() => names({ orderBy: { field: 'name', direction: 'UP' } })).toThrow('ASC or DESC');
    expect(() => names({ after: 'bm90aGluZw' })).toThrow('cursor');
    expect(() => names({ predicates: [{ field: 'name', constraint: {} }] })).toThrow('a constraint needs');
  });
});
