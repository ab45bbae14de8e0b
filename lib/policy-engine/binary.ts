import { createHash } from 'node:crypto';
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the engine's sources are, below the project's folder. */
export const ENGINE_SOURCES = 'layers/opa';
const BUILDS = 'dist/engine';

const SYSTEMS: Readonly<Record<string, string>> = { win32: 'windows' };
const PROCESSORS: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', arm: 'arm' };

/** `linux/amd64` and the like, as Go names them; the machine this runs on. */
export const hostTarget = (): string => `${SYSTEMS[process.platform] ?? process.platform}/${PROCESSORS[process.arch] ?? process.arch}`;

/** Where the engine of the present sources is, once built. A change of a source is another place. */
export async function engineBinary(root: string, target = hostTarget()): Promise<string> {
  const folder = join(root, ENGINE_SOURCES);
  const hash = createHash('sha256');
  const names = (await readdir(folder)).filter((name) => /^go\.(mod|sum)$|(?<!_test)\.go$/.test(name)).sort();
  for (const name of names) hash.update(`${name}\0`).update(await readFile(join(folder, name))).update('\0');
  return join(root, BUILDS, target.replace('/', '-'), hash.digest('hex').slice(0, 16), target.startsWith('windows/') ? 'policy-engine.exe' : 'policy-engine');
}

/** The built engine of the present sources, if it is there. */
export async function builtEngine(root: string): Promise<string | undefined> {
  try {
    const binary = await engineBinary(root);
    await access(binary);
    return binary;
  } catch {
    return undefined;
  }
}
