import { describe, it } from 'node:test';
import { expect } from 'expect';
import semver from 'semver';
import { openTofuVersions, terraformVersions, type KnownReleases } from '../../../lib/core/stacks/tool-catalogue.ts';
import { releasesIn } from '../../../lib/core/stacks/tool-releases.ts';
import { resolveToolVersion, type VersionQuestion } from '../../../lib/core/stacks/tool-version.ts';
import type { ToolOnWorker } from '../../../lib/core/workers/worker.ts';

const terraform = (version: string): ToolOnWorker => ({ kind: 'TERRAFORM_FOSS', version });
const tofu = (version: string): ToolOnWorker => ({ kind: 'OPEN_TOFU', version });

type More = { kind?: VersionQuestion['settings']['tool']['kind']; offered?: readonly ToolOnWorker[]; allowed?: string; last?: string; known?: KnownReleases };

function resolve(constraint: string | null, more: More = {}) {
  return resolveToolVersion({
    stack: { lastAppliedVersion: more.last ?? null },
    settings: { tool: { kind: more.kind ?? 'TERRAFORM_FOSS', constraint } },
    offered: more.offered ?? [],
    allowed: more.allowed ?? null,
    ...(more.known === undefined ? {} : { known: more.known }),
  }).version;
}

describe('the catalogue', () => {
  it('of Terraform ends with the last open-source version, unless the operator allows more', () => {
    expect(terraformVersions(null)[0]).toBe('1.5.7');
    expect(terraformVersions('>=1.6.0 <1.9.0')[0]).toBe('1.8.5');
    expect(terraformVersions(null)).toContain('0.12.0');
  });

  it('holds only versions, newest first', () => {
    for (const list of [terraformVersions('*'), openTofuVersions()]) expect([...list].sort(semver.rcompare)).toEqual(list);
  });
});

describe('the version of a run\'s tool', () => {
  it('is the newest that fits the constraint', () => {
    expect(resolve('1.4.2')).toBe('1.4.2');
    expect(resolve('1.3.x')).toBe('1.3.10');
    expect(resolve('>=1.2.0 <1.4.0')).toBe('1.3.10');
    expect(resolve('>= 1.2.0, < 1.4.0')).toBe('1.3.10');
    expect(resolve('~1.2.0')).toBe('1.2.9');
    expect(resolve('1.0.x || 1.1.x')).toBe('1.1.9');
    expect(resolve('1.9.x', { kind: 'OPEN_TOFU' })).toBe('1.9.4');
  });

  it('is the worker\'s, where its own fits', () => {
    expect(resolve(null, { offered: [terraform('1.4.0'), tofu('1.10.0')] })).toBe('1.4.0');
    expect(resolve(null, { offered: [terraform('1.11.4')] })).toBe('1.11.4');
    expect(resolve('>=1.11.0', { offered: [terraform('1.11.4')] })).toBe('1.11.4');
    expect(resolve('1.3.x', { offered: [terraform('1.11.4')] })).toBe('1.3.10');
  });

  it('is the newest supported where nothing is named and the worker has none', () => {
    expect(resolve(null)).toBe('1.5.7');
    expect(resolve(null, { kind: 'OPEN_TOFU' })).toBe(openTofuVersions()[0]);
  });

  it('may be one that only the operator\'s range knows', () => {
    expect(resolve('1.99.3', { allowed: '>=1.6.0' })).toBe('1.99.3');
    expect(resolve('1.8.x', { allowed: '~1.8' })).toBe('1.8.5');
  });

  it('is none for a custom tool', () => {
    expect(resolve('anything', { kind: 'CUSTOM' })).toBeNull();
  });

  it('is refused when nothing satisfies the constraint, saying what there is', () => {
    expect(() => resolve('>2.0.0 <1.0.0')).toThrow(expect.objectContaining({ code: 'INVALID', message: expect.stringContaining('">2.0.0 <1.0.0"') }));
    expect(() => resolve('1.9.x')).toThrow(/newest offered is 1\.5\.7.*TERRAFORM_ALLOWED_VERSIONS/);
    expect(() => resolve('1.9.x', { offered: [terraform('1.4.0')] })).toThrow(/the worker has 1\.4\.0/);
    expect(() => resolve('potato')).toThrow(/improper constraint: potato/);
  });

  it('never goes below the one last applied with: an exact wish is raised, a range fails', () => {
    expect(resolve('1.3.0', { last: '1.4.6' })).toBe('1.4.6');
    expect(resolve('1.3.0', { last: '1.11.4', offered: [terraform('1.11.4')] })).toBe('1.11.4');
    expect(resolve('>=1.3.0', { last: '1.4.6' })).toBe('1.5.7');
    expect(resolve(null, { last: '1.5.5', offered: [terraform('1.4.0')] })).toBe('1.5.7');
    expect(() => resolve('1.3.x', { last: '1.4.6' })).toThrow(/older than 1\.4\.6/);
    expect(() => resolve(null, { last: '1.9.0' })).toThrow(/older than 1\.9\.0/);
  });
});

describe('publishers\' lists of releases', () => {
  const known: KnownReleases = { TERRAFORM_FOSS: ['1.16.1', '1.16.0', '1.9.9', '1.9.8', '1.5.7', '1.5.6', '1.4.7'], OPEN_TOFU: ['1.13.2', '1.13.1', '1.9.4'] };

  it('stand in the place of those that come with the product', () => {
    expect(openTofuVersions(known)).toEqual(['1.13.2', '1.13.1', '1.9.4']);
    expect(resolve(null, { kind: 'OPEN_TOFU', known })).toBe('1.13.2');
    expect(resolve('latest', { kind: 'OPEN_TOFU', known })).toBe('1.13.2');
    expect(resolve('~> 1.9.0', { kind: 'OPEN_TOFU', known })).toBe('1.9.4');
    expect(resolve('>= 1.6', { allowed: '>=1.6.0', known })).toBe('1.16.1');
    expect(resolve('>= 1.5', { known: { OPEN_TOFU: known.OPEN_TOFU ?? [] } })).toBe('1.5.7');
  });

  it('offer no Terraform beyond the open-source licence but what the operator admits', () => {
    expect(terraformVersions(null, known)).toEqual(['1.5.7', '1.5.6', '1.4.7']);
    expect(terraformVersions('>=1.6.0 <1.10.0', known)).toEqual(['1.9.9', '1.9.8', '1.5.7', '1.5.6', '1.4.7']);
    expect(resolve('latest', { known })).toBe('1.5.7');
    expect(() => resolve('1.16.1', { known })).toThrow(/TERRAFORM_ALLOWED_VERSIONS/);
  });

  it('tell a version that does not exist, but not one that may be newer than the list', () => {
    const allowed = '>=1.6.0';
    expect(() => resolve('1.9.7', { allowed, known })).toThrow('there is no Terraform 1.9.7: its publisher went past it without a release');
    expect(() => resolve('1.13.0', { kind: 'OPEN_TOFU', known })).toThrow('there is no OpenTofu 1.13.0: its publisher went past it without a release');
    expect(resolve('1.9.10', { allowed, known })).toBe('1.9.10');
    expect(resolve('1.17.0', { allowed, known })).toBe('1.17.0');
    expect(resolve('1.9.7', { allowed })).toBe('1.9.7');
    expect(resolve('1.9.7', { allowed, known, offered: [terraform('1.9.7')] })).toBe('1.9.7');
  });

  it('hold releases only, newest first, whatever else they name', () => {
    const listed = ['1.9.0', '1.10.0-beta1', '1.10.0', '0.11.15', '1.5.7', '1.10.1+ent', 'v1.2', '0.12.0'];
    const index = JSON.stringify({ name: 'terraform', versions: Object.fromEntries(listed.map((version) => [version, { version, builds: [] }])) });
    expect(releasesIn('TERRAFORM_FOSS', index)).toEqual(['1.10.0', '1.9.0', '1.5.7', '0.12.0']);
    const api = JSON.stringify({ versions: ['1.6.0-alpha1', '1.6.0', '1.10.5', '1.9.1'].map((id) => ({ id, files: [`tofu_${id}_linux_amd64.zip`] })) });
    expect(releasesIn('OPEN_TOFU', api)).toEqual(['1.10.5', '1.9.1', '1.6.0']);
  });

  it('are refused in another form', () => {
    const faults = { '<html>': 'not JSON', '[]': 'not the form', '{"versions":[]}': 'names no version', '{"versions":[{"id":"2"}]}': 'names no version' };
    for (const [text, words] of Object.entries(faults)) expect(() => releasesIn('OPEN_TOFU', text)).toThrow(words);
    expect(() => releasesIn('TERRAFORM_FOSS', '{"versions":["1.5.7"]}')).toThrow('not the form');
    const many = Object.fromEntries(Array.from({ length: 5001 }, (_, patch) => [`1.0.${patch}`, {}]));
    expect(() => releasesIn('TERRAFORM_FOSS', JSON.stringify({ versions: many }))).toThrow('names 5001 versions');
  });
});
