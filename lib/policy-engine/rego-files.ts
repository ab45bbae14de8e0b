import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isPolicyType, type PolicyType, type RegoVersion } from './contracts.ts';
import { regoVersion } from './records.ts';

export interface RegoFile {
  readonly path: string;
  readonly source: string;
  /** From the comments at its head, `# type: PLAN` and `# engine: v1`, or what the caller takes it for. */
  readonly type?: PolicyType;
  readonly version: RegoVersion;
}

export interface Assumed {
  readonly type?: PolicyType;
  readonly version?: RegoVersion;
}

export const isTestFile = (path: string): boolean => path.endsWith('_test.rego');

/** Paths of the Rego files among the paths and below the folders, in order. */
export async function findRegoFiles(paths: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of paths) {
    if (!(await stat(path)).isDirectory()) {
      found.push(path);
      continue;
    }
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    found.push(...entries.filter((entry) => entry.isFile() && entry.name.endsWith('.rego')).map((entry) => join(entry.parentPath, entry.name)).sort());
  }
  return found;
}

export async function readRegoFile(path: string, assumed: Assumed = {}): Promise<RegoFile> {
  const source = await readFile(path, 'utf8');
  const [head = ''] = source.split(/^(?!#)/m, 1);
  const said = (name: string) => new RegExp(`^# *${name}: *(\\S+) *$`, 'mi').exec(head)?.[1];
  const type = said('type')?.toUpperCase();
  return {
    path,
    source,
    type: type !== undefined && isPolicyType(type) ? type : assumed.type,
    version: regoVersion(said('engine')) ?? assumed.version ?? 'v1',
  };
}

/** The policy that a file of tests is for: the file of the same name without `_test`. */
export async function readTestedPolicy(testPath: string, assumed: Assumed): Promise<RegoFile | undefined> {
  try {
    return await readRegoFile(testPath.replace(/_test\.rego$/, '.rego'), assumed);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
