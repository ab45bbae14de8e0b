import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { testRepository, type TestRepository } from '../support/git.ts';
import { launcherAgainstDouble, type TestLauncher } from '../support/launcher.ts';
import type { FakeRunInput } from '../support/worker-server.ts';
import { needsTerraform } from '../support/requirements.ts';

const MAIN = `
resource "terraform_data" "box" { input = "small" }
output "password" {
  value     = "correct horse battery"
  sensitive = true
}
`;

describe('the state that a run leaves', needsTerraform, () => {
  let launcher: TestLauncher;
  let repository: TestRepository;
  let commit: string;
  before(async () => {
    repository = await testRepository();
    commit = await repository.commit({ 'main.tf': MAIN });
    launcher = await launcherAgainstDouble({ environment: { SPACELIFT_SENSITIVE_OUTPUT_UPLOAD_ENABLED: 'true' } });
  });
  after(async () => {
    await launcher.close();
    await repository.remove();
  });

  const source = () => ({ kind: 'git' as const, url: repository.url, username: null, password: null, commit, branch: 'main', submodules: false, sparsePaths: [] });
  async function run(input: FakeRunInput = {}) {
    const added = launcher.server.addRun({ ...input, pkg: { source: source(), ...input.pkg } });
    await launcher.server.released(added);
    return added;
  }
  const outputsTold = (added: Awaited<ReturnType<typeof run>>) => {
    const key = added.artifacts.findLast(({ kind }) => kind === 'state-resources')?.key ?? '';
    return (JSON.parse(launcher.server.objects.get(key)?.toString() ?? '{}') as { readonly outputs?: unknown }).outputs;
  };

  it('is kept when it cannot be saved: log and note name its id, and what to do with it', async () => {
    launcher.server.failWith((method, path) => (method === 'POST' && path.endsWith('/uploads') ? { status: 409, code: 'state_conflict' } : undefined));
    const done = await run();
    launcher.server.failWith(undefined);

    const kept = done.artifacts.find(({ kind }) => kind === 'errored-state');
    expect(kept).toMatchObject({ completed: true, lease: 1 });
    expect(JSON.parse(launcher.server.objects.get(kept?.key ?? '')?.toString() ?? '{}')).toMatchObject({ resources: [expect.objectContaining({ name: 'box' })] });
    const words = `is kept for 30 days as ${kept?.id}: lock the stack, then import it by stackManagedStateImport(stackId: "network", state: "${kept?.id}")`;
    expect(launcher.server.linesOf(done, 'APPLYING').join('\n')).toContain(words);
    expect(done.releases).toEqual([{ outcome: 'failed', note: expect.stringMatching(/^applying failed: exit status 1; the state that could not be saved/) }]);
    expect(done.releases[0]?.note).toContain(words);
    launcher.server.state.lock = undefined;
  });

  it('tells values of sensitive outputs where stack and worker agree', async () => {
    const done = await run();

    expect(outputsTold(done)).toEqual([expect.objectContaining({ name: 'password', sensitive: true, value: '"correct horse battery"' })]);
  });

  it('never tells those of a stack that does not want it, however the worker is set', async () => {
    launcher.server.state.body = undefined;
    const done = await run({ pkg: { stack: { sensitiveOutputs: false } } });

    expect(outputsTold(done)).toEqual([expect.objectContaining({ name: 'password', sensitive: true, value: null })]);
    for (const { key } of done.artifacts) expect(launcher.server.objects.get(key)?.toString()).not.toContain('correct horse');
  });
});
