import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { testRepository, type TestRepository } from '../support/git.ts';
import { launcherAgainstDouble, type TestLauncher } from '../support/launcher.ts';
import type { PackagePatch } from '../support/worker-server.ts';

const MAIN = `
variable "size" { default = "small" }
resource "terraform_data" "box" { input = var.size }
output "size" { value = terraform_data.box.output }
`;

describe('a worker with real git and Terraform', () => {
  let launcher: TestLauncher;
  let repository: TestRepository;
  let commit: string;

  before(async () => {
    repository = await testRepository();
    commit = await repository.commit({ 'main.tf': MAIN });
    launcher = await launcherAgainstDouble();
  });
  after(async () => {
    await launcher.close();
    await repository.remove();
  });

  const source = (hash = commit): PackagePatch => ({ source: { kind: 'git', url: repository.url, username: null, password: null, commit: hash, branch: 'main', submodules: false, sparsePaths: [] } });

  it('plans and applies in one go when the server says so', async () => {
    const run = launcher.server.addRun({ pkg: source() });
    await launcher.server.released(run);

    expect(run.states).toEqual(['PREPARING', 'INITIALIZING', 'PLANNING', 'APPLYING', 'FINISHED']);
    expect(launcher.server.log(run)).toContain('Apply complete!');
    expect(JSON.parse(launcher.server.state.body?.toString() ?? '{}').outputs.size.value).toBe('small');
  });
});
