import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import * as z from 'zod/mini';
import type { ToolOnPath } from '../protocol/worker-api.ts';
import type { Environment } from './config.ts';

/** A tool found on the launcher's PATH. */
export interface FoundTool extends ToolOnPath {
  readonly path: string;
}

const COMMANDS: Readonly<Record<ToolOnPath['kind'], string>> = { TERRAFORM_FOSS: 'terraform', OPEN_TOFU: 'tofu' };
const Known = z.record(z.string(), z.object({ stamp: z.string(), version: z.string() }));
type Known = z.infer<typeof Known>;

export const commandOf = (kind: ToolOnPath['kind']): string => COMMANDS[kind];

/** The tools on PATH with their versions, remembered by path, size and time: asking a tool costs more than a run's own overhead. */
export async function findToolsOnPath(environment: Environment, workDir: string): Promise<FoundTool[]> {
  const cachePath = join(workDir, 'tools-on-path.json');
  const known = await readKnown(cachePath);
  const kinds = Object.keys(COMMANDS) as ToolOnPath['kind'][];
  const found = await Promise.all(kinds.map(async (kind): Promise<(FoundTool & { stamp: string }) | undefined> => {
    const path = await which(COMMANDS[kind], environment.PATH ?? '');
    if (!path) return undefined;
    const real = await realpath(path);
    const facts = await stat(real);
    const stamp = `${real} ${facts.size} ${facts.mtimeMs}`;
    const version = known[path]?.stamp === stamp ? known[path].version : await askVersion(path, environment);
    return version === undefined ? undefined : { kind, version, path, stamp };
  }));
  const tools = found.filter((tool) => tool !== undefined);
  const next: Known = Object.fromEntries(tools.map(({ path, stamp, version }) => [path, { stamp, version }]));
  if (JSON.stringify(next) !== JSON.stringify(known)) await writeKnown(cachePath, next).catch(() => undefined);
  return tools.map(({ kind, version, path }) => ({ kind, version, path }));
}

async function which(command: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter(isAbsolute)) {
    const candidate = join(folder, command);
    const usable = await access(candidate, constants.X_OK).then(async () => (await stat(candidate)).isFile(), () => false);
    if (usable) return candidate;
  }
  return undefined;
}

function askVersion(path: string, environment: Environment): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(path, ['version', '-json'], { timeout: 20_000, env: { PATH: environment.PATH, HOME: '/nonexistent', CHECKPOINT_DISABLE: '1' }, cwd: '/' }, (error, stdout) => {
      try {
        const { terraform_version: version } = JSON.parse(stdout) as { terraform_version?: unknown };
        resolve(!error && typeof version === 'string' ? version : undefined);
      } catch {
        resolve(undefined);
      }
    });
  });
}

async function readKnown(path: string): Promise<Known> {
  try {
    return Known.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return {};
  }
}

async function writeKnown(path: string, known: Known): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, JSON.stringify(known));
  await rename(temporary, path);
}
