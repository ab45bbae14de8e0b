import { describe, it } from 'node:test';
import { expect } from 'expect';
import { checkedConfig, filePath } from '../../../lib/core/contexts/config.ts';
import { attachesItself, byPrecedence, type AttachedContext } from '../../../lib/core/contexts/context.ts';
import { hookLists } from '../../../lib/core/shared/hooks.ts';

const attached = (id: string, priority: number, isAutoattached = false): AttachedContext => ({
  context: { id, name: id, description: null, labels: [], spaceId: 'root', hooks: hookLists(), createdAt: new Date(0), updatedAt: new Date(0) },
  attachmentId: `attachment-${id}`, priority, isAutoattached,
});

describe('a context that attaches itself', () => {
  it('goes to stacks with the label it names, or to all', () => {
    expect(attachesItself(['autoattach:aws'], ['aws', 'prod'])).toBe(true);
    expect(attachesItself(['autoattach:aws'], ['gcp'])).toBe(false);
    expect(attachesItself(['autoattach:*'], [])).toBe(true);
    expect(attachesItself(['aws'], ['aws'])).toBe(false);
  });
});

describe('the order of contexts', () => {
  it('is by priority with ties by id, then those attached by label by name', () => {
    const list = [attached('z', 0, true), attached('b', 5), attached('a', 9, true), attached('d', 0), attached('c', 0)];

    expect(list.sort(byPrecedence).map(({ context }) => context.id)).toEqual(['c', 'd', 'b', 'a', 'z']);
  });
});

describe('the path of a mounted file', () => {
  it('is relative, and is kept in its plain form', () => {
    expect(filePath('config/app.json')).toBe('config/app.json');
    expect(filePath('./a//b/./c')).toBe('a/b/c');
    expect(filePath('..data/x..y')).toBe('..data/x..y');
  });

  it('is refused when it leaves the workspace, is absolute or names a folder', () => {
    for (const path of ['../secret', 'a/../../b', 'a/..', '..', '/etc/passwd', '//x', '', '.', './', 'a/', 'a\\..\\b', 'a\0b']) {
      expect(() => filePath(path)).toThrow(expect.objectContaining({ code: 'INVALID' }));
    }
  });
});

describe('an element of the configuration', () => {
  const variable = (id: string, value: string) => () => checkedConfig({ id, value, type: 'ENVIRONMENT_VARIABLE', writeOnly: false });
  const file = (value: string, fileMode: string | null = null) => () => checkedConfig({ id: 'f', value, type: 'FILE_MOUNT', writeOnly: false, fileMode });

  it('refuses a variable with a line break, or with a name that no shell takes', () => {
    expect(variable('GREETING', 'hello "world" $x')).not.toThrow();
    for (const [id, value] of [['A', 'one\ntwo'], ['A', 'one\r'], ['A', '\0'], ['', 'x'], ['1A', 'x'], ['A B', 'x'], ['A=B', 'x'], ['A-B', 'x']] as const) {
      expect(variable(id, value)).toThrow(expect.objectContaining({ code: 'INVALID' }));
    }
  });

  it('refuses a file that is no base64, is over 2 MB or has a strange mode', () => {
    expect(file(Buffer.alloc(2 * 1024 * 1024).toString('base64'), '0600')).not.toThrow();
    expect(file(Buffer.alloc(2 * 1024 * 1024 + 1).toString('base64'))).toThrow(expect.objectContaining({ code: 'INVALID' }));
    expect(file('not base64!')).toThrow(expect.objectContaining({ code: 'INVALID' }));
    expect(file('abc')).toThrow(expect.objectContaining({ code: 'INVALID' }));
    for (const mode of ['0999', 'rw', '77777', '4755']) expect(file('', mode)).toThrow(expect.objectContaining({ code: 'INVALID' }));
  });

  it('never repeats a value in what it says', () => {
    const secret = 'hunter2-hunter2';
    for (const act of [variable('A', `${secret}\n`), file(`${secret}!`)]) {
      expect(act).toThrow(expect.objectContaining({ message: expect.not.stringContaining(secret) }));
    }
  });
});
