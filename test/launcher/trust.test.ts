import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { gitServer, testRepository, type GitServer, type TestRepository } from '../support/git.ts';
import { launcherAgainstDouble, type TestLauncher } from '../support/launcher.ts';
import { needsTerraform } from '../support/requirements.ts';
import { serverCertificate } from '../support/server-certificate.ts';

const MAIN = 'resource "terraform_data" "one" {\n  input = 1\n}\n';

describe('authorities that the server names at registration', needsTerraform, () => {
  let host: GitServer;
  let repository: TestRepository;
  let commit: string;
  let certificate: string;

  before(async () => {
    const tls = await serverCertificate('127.0.0.1');
    certificate = tls.cert;
    host = await gitServer({ tls });
    repository = await testRepository({ allowAnyCommit: true });
    commit = await repository.commit({ 'main.tf': MAIN });
  });
  after(async () => {
    await host.close();
    await repository.remove();
  });

  /** A run whose source, and one of whose steps, need a host that only the operator's authority vouches for. */
  async function runOn(launcher: TestLauncher) {
    const url = host.url(repository);
    const added = launcher.server.addRun({
      decision: 'finish',
      pkg: {
        source: { kind: 'git', url, username: null, password: null, commit, branch: 'main', submodules: false, sparsePaths: [] },
        hooks: { before_init: [`git ls-remote '${url}' main`, 'grep -c BEGIN "$SSL_CERT_FILE"'] },
      },
    });
    await launcher.server.released(added);
    return added;
  }

  it('are trusted by its git and by the steps of runs, beside the well-known ones', async () => {
    const launcher = await launcherAgainstDouble({ server: { rootCertificates: [certificate] } });
    try {
      const run = await runOn(launcher);

      const lines = launcher.server.linesOf(run, 'INITIALIZING');
      expect(run.states).toEqual(['PREPARING', 'INITIALIZING', 'PLANNING', 'FINISHED']);
      expect(lines.join('\n')).toContain(`${commit}\trefs/heads/main`);
      expect(Number(lines.find((line) => /^\d+$/.test(line)))).toBeGreaterThan(50);
    } finally {
      await launcher.close();
    }
  });

  it('are missed where it names none', async () => {
    const launcher = await launcherAgainstDouble();
    try {
      const run = await runOn(launcher);

      expect(run.states).toEqual(['PREPARING', 'FAILED']);
      expect(launcher.server.log(run)).toMatch(/certificate/);
    } finally {
      await launcher.close();
    }
  });
});
