import { describe, it } from 'node:test';
import { expect } from 'expect';
import semver from 'semver';
import { openTofuVersions, terraformVersions } from '../../../lib/core/stacks/tool-catalogue.ts';
import { resolveToolVersion, type VersionQuestion } from '../../../lib/core/stacks/tool-version.ts';
import type { ToolOnWorker } from '../../../lib/core/workers/worker.ts';

const terraform = (version: string): ToolOnWorker => ({ kind: 'TERRAFORM_FOSS', version });
const tofu = (version: string): ToolOnWorker => ({ kind: 'OPEN_TOFU', version });

function resolve(constraint: string | null, more: { kind?: VersionQuestion['settings']['tool']['kind']; offered?: readonly ToolOnWorker[]; allowed?: string; last?: string } = {}) {
  return resolveToolVersion({
    stack: { lastAppliedVersion: more.last ?? null },
    settings: { tool: { kind: more.kind ?? 'TERRAFORM_FOSS', constraint } },
    offered: more.offered ?? [],
    allowed: more.allowed ?? null,
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
