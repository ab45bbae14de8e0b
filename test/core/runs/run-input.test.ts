import { describe, it } from 'node:test';
import { expect } from 'expect';
import { commandOf, commentOf, commitShaOf, keptCommit, noteOf, overridesOf, runtimeConfigOf, targetsOf, titleOf, withMetadata } from '../../../lib/core/runs/run-input.ts';
import { commitWith } from '../../support/run-builders.ts';

describe('what people send along with a run', () => {
  it('appends metadata in order, up to 4 KiB each', () => {
    expect(withMetadata(['a'], 'b')).toEqual(['a', 'b']);
    expect(withMetadata(['a'], '')).toEqual(['a']);
    expect(withMetadata([], 'x'.repeat(4096))).toHaveLength(1);
    expect(() => withMetadata([], 'x'.repeat(4097))).toThrow('longer than 4096 bytes');
  });

  it('takes an empty note for none', () => {
    expect(noteOf('  ')).toBeNull();
    expect(noteOf('looks right')).toBe('looks right');
    expect(() => noteOf('é'.repeat(2049))).toThrow('longer than 4096 bytes');
  });

  it('wants a command for a task and a text for a comment', () => {
    expect(commandOf('terraform state list')).toBe('terraform state list');
    expect(() => commandOf(' ')).toThrow('a task needs a command');
    expect(() => commandOf('a\0b')).toThrow('NUL');
    expect(() => commentOf('')).toThrow('a comment needs a text');
  });

  it('takes addresses to replan, each one argument, none an option', () => {
    expect(targetsOf(['a.b', ' a.b ', 'module.x["k"]'])).toEqual(['a.b', 'module.x["k"]']);
    expect(() => targetsOf([])).toThrow('at least one address');
    expect(() => targetsOf(['-destroy'])).toThrow('is not the address of a resource');
    expect(() => targetsOf(['a\nb'])).toThrow('is not the address of a resource');
  });

  it('takes overrides whose names are names; of two with one name the last counts', () => {
    expect(overridesOf([{ key: 'A', value: '1' }, { key: 'A', value: '2' }])).toEqual([{ key: 'A', value: '2' }]);
    expect(() => overridesOf([{ key: '1A', value: '' }])).toThrow('"1A" is not the name');
    expect(() => overridesOf([{ key: 'A', value: 'x\ny' }])).toThrow('line breaks');
    expect(() => overridesOf([{ key: 'A', value: 'x'.repeat(13_000) }])).toThrow('longer than');
  });

  it('takes a commit hash, or nothing for the default', () => {
    expect(commitShaOf('')).toBeNull();
    expect(commitShaOf(null)).toBeNull();
    expect(commitShaOf('ABCDEF01')).toBe('abcdef01');
    expect(() => commitShaOf('main')).toThrow('"main" is not a commit hash');
  });

  it('takes an empty runtime configuration for none, and refuses a huge one', () => {
    expect(runtimeConfigOf(' ')).toBeNull();
    expect(() => runtimeConfigOf('#'.repeat(20_000))).toThrow('longer than');
  });

  it('titles a run by the first line of the message', () => {
    expect(titleOf({ hash: 'abcdef0123', message: 'Add a network\n\nlong story' })).toBe('Add a network');
    expect(titleOf({ hash: 'abcdef0123', message: '' })).toBe('abcdef01');
  });

  it('keeps the start of a very long message', () => {
    expect(keptCommit(commitWith({ message: 'x'.repeat(100_000) })).message).toHaveLength(4000);
  });
});
