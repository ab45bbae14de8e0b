import { describe, it } from 'node:test';
import { expect } from 'expect';
import { interestIn } from '../../../lib/core/triggers/decide-trigger.ts';
import { isAffected } from '../../../lib/core/triggers/affected-paths.ts';
import { headChanges, newsFor, type Look } from '../../../lib/core/triggers/head-changes.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import type { PushEvent } from '../../../lib/core/vcs/vcs-event.ts';
import { commitWith } from '../../support/run-builders.ts';

const stackWith = (changes: Partial<Stack>) =>
  ({
    branch: 'main',
    projectRoot: null,
    additionalProjectGlobs: [],
    isDisabled: false,
    trackedCommit: null,
    branchHead: null,
    createdAt: new Date(1000),
    ...changes,
  }) as unknown as Stack;
const push = (changes: Partial<PushEvent>) =>
  ({ kind: 'push', branch: 'main', before: 'a', after: 'b', files: ['main.tf'], filesComplete: true, ...changes }) as PushEvent;

describe('which paths concern a stack', () => {
  const cases: readonly [root: string | null, globs: readonly string[], path: string, concerned: boolean][] = [
    [null, [], 'anything.md', true],
    ['', [], 'anything.md', true],
    ['/', [], 'anything.md', true],
    ['infra/network', [], 'infra/network/main.tf', true],
    ['/infra/network/', [], 'infra/network/main.tf', true],
    ['infra/network', [], 'infra/main.tf', false],
    ['infra/network', [], 'docs/infra/network/main.tf', false],
    ['infra', ['modules/**'], 'modules/vpc/main.tf', true],
    ['infra', ['modules/*'], 'modules/vpc/main.tf', false],
    ['infra', ['modules/*'], 'modules/main.tf', true],
    ['infra', ['**/*.yaml'], 'config/deep/x.yaml', true],
    ['infra', ['**/*.yaml'], 'x.yaml', true],
    ['infra', ['**/*.yaml'], '.hidden/x.yaml', true],
    ['infra', ['/modules/**/*.tf'], 'modules/a/b/c.tf', true],
    ['infra', ['modules/{vpc,dns}/**'], 'modules/dns/a.tf', true],
    ['infra', ['modules/{vpc,dns}/**'], 'modules/iam/a.tf', false],
    ['infra', ['lib/?.tf'], 'lib/a.tf', true],
    ['infra', ['[ab].tf'], 'c.tf', false],
    ['infra', ['!modules/**'], 'docs/x.md', false],
  ];
  for (const [projectRoot, additionalProjectGlobs, path, concerned] of cases) {
    it(`${path} ${concerned ? 'concerns' : 'does not concern'} ${JSON.stringify(projectRoot)} with ${JSON.stringify(additionalProjectGlobs)}`, () => {
      expect(isAffected({ projectRoot, additionalProjectGlobs }, [path])).toBe(concerned);
    });
  }

  it('one path among many is enough, and none is not', () => {
    expect(isAffected({ projectRoot: 'infra', additionalProjectGlobs: [] }, ['README.md', 'infra/a.tf'])).toBe(true);
    expect(isAffected({ projectRoot: null, additionalProjectGlobs: ['**'] }, [])).toBe(false);
  });
});

describe('what a stack makes of an event', () => {
  it('tracks a push to its own branch and proposes one to another', () => {
    expect(interestIn(stackWith({}), push({}))).toEqual({ kind: 'track' });
    expect(interestIn(stackWith({}), push({ branch: 'feature' }))).toEqual({ kind: 'propose' });
  });

  it('ignores what lies outside its project root', () => {
    expect(interestIn(stackWith({ projectRoot: 'infra' }), push({ files: ['docs/a.md'] }))).toEqual({
      kind: 'ignore',
      reason: 'outside project root',
    });
  });

  it('takes every path for changed when the list was cut', () => {
    expect(interestIn(stackWith({ projectRoot: 'infra' }), push({ files: ['docs/a.md'], filesComplete: false }))).toEqual({ kind: 'track' });
  });

  it('ignores tags, and everything while it is disabled', () => {
    expect(interestIn(stackWith({}), { kind: 'tag', tag: 'v1' } as never)).toEqual({ kind: 'ignore', reason: 'tag pushed' });
    expect(interestIn(stackWith({ isDisabled: true }), push({}))).toEqual({ kind: 'ignore', reason: 'stack is disabled' });
  });
});

describe('what changed between two looks', () => {
  it('are heads that moved, came and went', () => {
    const changes = headChanges(
      new Map([
        ['main', '1'],
        ['gone', '2'],
        ['same', '3'],
      ]),
      new Map([
        ['main', '9'],
        ['same', '3'],
        ['new', '4'],
      ]),
    );

    expect(changes).toEqual({
      moved: [
        { branch: 'main', before: '1', after: '9' },
        { branch: 'new', before: null, after: '4' },
      ],
      deleted: [{ branch: 'gone', before: '2' }],
    });
  });
});

describe('what a stack hears of a look', () => {
  const seen = new Map([
    ['main', 'old'],
    ['side', 's1'],
  ]);
  const heads = new Map([
    ['main', 'new'],
    ['side', 's2'],
    ['topic', 't1'],
  ]);
  const look = (changes: Partial<Look> = {}): Look => ({
    kind: 'poll',
    seenAt: new Date(5000),
    heads,
    changes: headChanges(seen, heads),
    ...changes,
  });
  const firstLook = (kind: Look['kind'] = 'poll') => look({ kind, seenAt: null, changes: headChanges(new Map(), heads) });
  const commit = (hash: string) => commitWith({ hash });
  const older = { createdAt: new Date(1000) };
  const newer = { createdAt: new Date(9000) };

  it('is every head that moved, when it was there at the last look', () => {
    expect(newsFor(stackWith(older), look()).pushes).toEqual([
      { branch: 'main', before: 'old', after: 'new' },
      { branch: 'side', before: 's1', after: 's2' },
      { branch: 'topic', before: null, after: 't1' },
    ]);
  });

  it('is a push even to the commit it tracks already, when it was there at the last look', () => {
    expect(newsFor(stackWith({ ...older, trackedCommit: commit('new') }), look()).pushes[0]).toEqual({ branch: 'main', before: 'old', after: 'new' });
  });

  it('is only its own branch at the very first look, and only when that left the head the stack was created with', () => {
    expect(newsFor(stackWith({ ...older, branchHead: commit('old') }), firstLook())).toEqual({
      pushes: [{ branch: 'main', before: 'old', after: 'new' }],
      adopt: null,
    });
    expect(newsFor(stackWith({ ...older, branchHead: commit('new') }), firstLook('hook'))).toEqual({ pushes: [], adopt: 'new' });
    expect(newsFor(stackWith({ ...older, branchHead: commit('new'), trackedCommit: commit('old') }), firstLook('hook'))).toEqual({
      pushes: [],
      adopt: null,
    });
  });

  it('is measured by the tracked commit when no head is known', () => {
    expect(newsFor(stackWith({ ...older, trackedCommit: commit('old') }), firstLook())).toEqual({
      pushes: [{ branch: 'main', before: 'old', after: 'new' }],
      adopt: null,
    });
    expect(newsFor(stackWith({ ...older, trackedCommit: commit('new') }), firstLook())).toEqual({ pushes: [], adopt: null });
  });

  it('is a push at the very first look when the hook says so, and a starting point when a poll finds it', () => {
    expect(newsFor(stackWith(older), firstLook('hook'))).toEqual({ pushes: [{ branch: 'main', before: null, after: 'new' }], adopt: null });
    expect(newsFor(stackWith(older), firstLook('poll'))).toEqual({ pushes: [], adopt: 'new' });
  });

  it('is of its own branch what happened since its creation, and of others what moved, when it came after the last look', () => {
    const others = [
      { branch: 'side', before: 's1', after: 's2' },
      { branch: 'topic', before: null, after: 't1' },
    ];

    expect(newsFor(stackWith({ ...newer, branchHead: commit('new') }), look())).toEqual({ pushes: others, adopt: 'new' });
    expect(newsFor(stackWith({ ...newer, branchHead: commit('mid') }), look())).toEqual({
      pushes: [{ branch: 'main', before: 'mid', after: 'new' }, ...others],
      adopt: null,
    });
  });

  it('is nothing while its branch does not exist', () => {
    expect(newsFor(stackWith({ ...older, branch: 'later' }), firstLook('hook'))).toEqual({ pushes: [], adopt: null });
  });
});
