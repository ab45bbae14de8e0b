import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandFault } from './outcome.ts';

export type StackOutputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface CdkRun {
  /** Identifiers of stacks, or all. */
  readonly stacks: readonly string[] | 'all';
  readonly configFile: string;
  readonly region: string;
  readonly accountId: string;
  /** Context of the app besides the file's name. */
  readonly context?: Readonly<Record<string, string>>;
}

export interface Cdk {
  /** Deploys; the outputs of the stacks by their names. */
  deploy(run: CdkRun): Promise<StackOutputs>;
}

/** The CDK's own program as a child, whose words go where the command's go. */
export function cdkProgram(options: { readonly program: readonly string[]; readonly root: string; readonly environment: NodeJS.ProcessEnv; readonly show: 'inherit' | 'stderr' }): Cdk {
  const [command = '', ...before] = options.program;
  return {
    async deploy({ stacks, configFile, region, accountId, context = {} }) {
      const folder = await mkdtemp(join(tmpdir(), 'windlass-install-'));
      const outputsFile = join(folder, 'outputs.json');
      const chosen = stacks === 'all' ? ['--all'] : [...stacks, '--exclusively'];
      const settings = Object.entries({ config: configFile, ...context }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
      try {
        const child = spawn(command, [...before, 'deploy', ...chosen, ...settings, '--require-approval', 'never', '--outputs-file', outputsFile, '--ci'], {
          cwd: options.root,
          env: { ...options.environment, AWS_REGION: region, CDK_DEFAULT_REGION: region, CDK_DEFAULT_ACCOUNT: accountId },
          stdio: ['ignore', options.show === 'stderr' ? 2 : 'inherit', 'inherit'],
        });
        const code = await new Promise<number | null>((resolve, reject) => {
          child.once('error', reject);
          child.once('exit', resolve);
        });
        if (code !== 0) throw new CommandFault('deployFailed', `the deployment failed (cdk ended with ${code ?? 'a signal'}); what had changed was rolled back, and the command may be run again`);
        return JSON.parse(await readFile(outputsFile, 'utf8').catch(() => '{}')) as StackOutputs;
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}
