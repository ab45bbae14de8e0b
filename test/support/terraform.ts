import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Result {
  readonly code: number;
  readonly output: string;
}

/** A folder with a configuration, in which the real tool runs without network. */
export interface TerraformFolder {
  readonly path: string;
  write(name: string, text: string): Promise<void>;
  read(name: string): Promise<string>;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Result>;
  /** As `run`, and fails with the tool's words when it does. */
  must(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  remove(): Promise<void>;
}

export async function terraformFolder(files: Readonly<Record<string, string>>): Promise<TerraformFolder> {
  const path = await mkdtemp(join(tmpdir(), 'terraform-'));
  const cli = `${path}.tfrc`;
  await writeFile(cli, '');
  const folder: TerraformFolder = {
    path,
    write: async (name, text) => {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), text);
    },
    read: (name) => readFile(join(path, name), 'utf8'),
    run: (args, env = {}) =>
      new Promise((resolve) => {
        const options = { cwd: path, timeout: 60_000, maxBuffer: 1 << 28, env: { PATH: process.env['PATH'] ?? '', HOME: path, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_INPUT: '0', TF_CLI_CONFIG_FILE: cli, TF_CLI_ARGS: '-no-color', ...env } };
        execFile('terraform', args, options, (error, stdout, stderr) => resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, output: stdout + stderr }));
      }),
    must: async (args, env) => {
      const result = await folder.run(args, env);
      if (result.code !== 0) throw new Error(`terraform ${args.join(' ')} ended with ${result.code}:\n${result.output}`);
      return result.output;
    },
    remove: async () => {
      await rm(path, { recursive: true, force: true });
      await rm(cli, { force: true });
    },
  };
  for (const [name, text] of Object.entries(files)) await folder.write(name, text);
  return folder;
}
