import { describe, it } from 'node:test';
import { expect } from 'expect';
import { projectRoot, stackSettings, type StackInput } from '../../../lib/core/stacks/stack-input.ts';

const MINIMAL: StackInput = { name: 'Network', branch: 'main', repository: 'network', provider: 'GIT', repositoryURL: 'https://git.example.com/acme/network.git' };
const check = (changes: Partial<StackInput>, manageState = true) => stackSettings({ ...MINIMAL, ...changes }, manageState, { allowLocalRepositories: false });
const refusal = (changes: Partial<StackInput>, manageState = true): string => {
  try {
    check(changes, manageState);
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID' });
    return (error as Error).message;
  }
  throw new Error(`nothing was wrong with ${JSON.stringify(changes)}`);
};

describe('settings of a stack', () => {
  it('have defaults', () => {
    expect(check({})).toMatchObject({
      spaceId: 'root', namespace: 'acme', labels: [], autodeploy: false, githubActionDeploy: true, sensitiveOutputUpload: true, localPreviewEnabled: false,
      vendorConfig: { vendor: 'terraform', version: null, workflowTool: 'TERRAFORM_FOSS', workspace: null, useSmartSanitization: false, externalStateAccessEnabled: false },
    });
    expect(check({ vendorConfig: { opentofu: {} } }).vendorConfig).toEqual({
      vendor: 'opentofu', version: null, workflowTool: 'OPENTOFU', workspace: null, useSmartSanitization: true, externalStateAccessEnabled: false, concise: true,
    });
  });

  it('may combine automatic deployment with local preview being off', () => {
    expect(check({ autodeploy: true, localPreviewEnabled: false })).toMatchObject({ autodeploy: true, localPreviewEnabled: false });
  });

  it('refuse descriptions and hooks that no row holds, and say how long they are', () => {
    expect(refusal({ description: 'x'.repeat(20_000), beforePlan: ['y'.repeat(22_000)] })).toMatch(/^stack has 1 error: hooks: description, labels, globs, paths and hooks of a stack have 42\d\d\d bytes together, and at most 40960/);
    expect(check({ description: 'x'.repeat(20_000), beforePlan: ['y'.repeat(20_000)] }).hooks.beforePlan).toHaveLength(1);
  });

  it('keep each label and path once', () => {
    expect(check({ labels: ['a', 'b', 'a'], gitSparseCheckoutPaths: ['x', 'x'] })).toMatchObject({ labels: ['a', 'b'], gitSparseCheckoutPaths: ['x'] });
  });

  it('refuse a bad version constraint in the words that clients match', () => {
    expect(refusal({ vendorConfig: { terraform: { version: 'potato' } } })).toBe('stack has 1 error: terraform: invalid Terraform version constraints: improper constraint: potato');
    expect(refusal({ vendorConfig: { opentofu: { version: '>=' } } })).toBe('stack has 1 error: opentofu: invalid OpenTofu version constraints: improper constraint: >=');
  });

  it('tell everything that is wrong at once', () => {
    const message = refusal({ name: ' ', branch: '', projectRoot: '../up', beforeInit: ['ok', ''], additionalProjectGlobs: ['modules/[a'], gitSparseCheckoutPaths: ['a*'] });

    expect(message).toMatch(/^stack has 6 errors: /);
    for (const subject of ['name:', 'branch:', 'projectRoot:', 'beforeInit:', 'additionalProjectGlobs:', 'gitSparseCheckoutPaths:']) expect(message).toContain(subject);
  });

  it('refuse sources that are not raw git', () => {
    expect(refusal({ provider: 'GITHUB' })).toContain('GITHUB repositories are not supported');
    expect(refusal({ provider: null })).toContain('provider');
    expect(refusal({ repositoryURL: null })).toContain('repositoryURL: must be given');
    expect(refusal({ repositoryURL: 'https://robin:pw@git.example.com/x.git' })).toContain('no user name or password');
  });

  it('refuse names that git would not take for a branch', () => {
    for (const branch of ['-x', 'a b', 'a..b', 'a~1', 'refs/', 'x.lock', '/a', 'a//b', 'a:b', 'a@{1}', '..']) expect(refusal({ branch })).toContain('branch');
    for (const branch of ['main', 'feature/a-b_c.d', 'release@1', 'zürich']) expect(check({ branch }).branch).toBe(branch);
  });

  it('refuse other vendors, two vendors, and external access to a state that is not managed', () => {
    expect(refusal({ vendorConfig: { pulumi: { loginURL: 'x', stackName: 'y' } } })).toContain('pulumi is not supported');
    expect(refusal({ vendorConfig: { terraform: {}, opentofu: {} } })).toContain('one vendor');
    expect(refusal({ vendorConfig: { terraform: { externalStateAccessEnabled: true } } }, false)).toContain('external state access');
  });
});

describe('the project root', () => {
  it('is relative to the repository, without slashes at its ends', () => {
    expect(projectRoot('/infra/network/')).toBe('infra/network');
    for (const root of [null, undefined, '', '/', '.', './']) expect(projectRoot(root)).toBeNull();
  });

  it('does not leave the repository', () => {
    for (const root of ['..', 'a/../..', '../x', './..']) expect(() => projectRoot(root)).toThrow();
  });
});
