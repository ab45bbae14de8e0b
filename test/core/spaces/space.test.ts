import { describe, it } from 'node:test';
import { expect } from 'expect';
import { expandGrants, isUsableIn, pathOf } from '../../../lib/core/spaces/space.ts';

// root ── platform (inherits) ── network (inherits) ── lab (does not)
//      └─ sales (does not)
const TREE = [
  { id: 'root', parentId: null, inheritEntities: false },
  { id: 'platform', parentId: 'root', inheritEntities: true },
  { id: 'network', parentId: 'platform', inheritEntities: true },
  { id: 'lab', parentId: 'network', inheritEntities: false },
  { id: 'sales', parentId: 'root', inheritEntities: false },
];

describe('where an entity is usable', () => {
  it('is its own space, whatever that inherits', () => {
    expect(isUsableIn(TREE, 'lab', 'lab')).toBe(true);
  });

  it('reaches down as far as every space on the way inherits', () => {
    expect(isUsableIn(TREE, 'root', 'network')).toBe(true);
    expect(isUsableIn(TREE, 'root', 'lab')).toBe(false);
    expect(isUsableIn(TREE, 'network', 'lab')).toBe(false);
    expect(isUsableIn(TREE, 'root', 'sales')).toBe(false);
  });

  it('never reaches up or sideways', () => {
    expect(isUsableIn(TREE, 'network', 'platform')).toBe(false);
    expect(isUsableIn(TREE, 'platform', 'sales')).toBe(false);
  });
});

describe('what a role means for the tree', () => {
  it('holds in all descendants, whether they inherit or not', () => {
    const rights = expandGrants(TREE, [{ spaceId: 'platform', actions: ['run:trigger'] }]);

    expect(['platform', 'network', 'lab'].every((id) => rights.get(id)?.has('run:trigger'))).toBe(true);
    expect(rights.get('sales')).toBeUndefined();
  });

  it('shows the parents of a space that inherits, up to the first that does not', () => {
    const rights = expandGrants(TREE, [{ spaceId: 'network', actions: ['run:trigger'] }]);

    expect([...(rights.get('platform') ?? [])]).toEqual(['space:read']);
    expect([...(rights.get('root') ?? [])]).toEqual(['space:read']);
    expect(expandGrants(TREE, [{ spaceId: 'lab', actions: ['run:trigger'] }]).has('network')).toBe(false);
  });

  it('adds up over several roles', () => {
    const rights = expandGrants(TREE, [{ spaceId: 'root', actions: ['space:read'] }, { spaceId: 'lab', actions: ['stack:lock'] }]);

    expect([...(rights.get('lab') ?? [])].sort()).toEqual(['space:read', 'stack:lock']);
    expect([...(rights.get('sales') ?? [])]).toEqual(['space:read']);
  });
});

describe('the path of a space', () => {
  it('leads from the root down', () => {
    expect(pathOf(TREE, 'lab')).toBe('root/platform/network/lab');
  });
});
