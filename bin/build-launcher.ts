// npm run build:launcher [-- --arch x64,arm64] [--base https://HOST/REPOSITORY:TAG]: the launcher for workers, with its own Node.
// An archive for each processor; with `--base` also the image on top of that one, assembled without Docker.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { packLauncher, LAUNCH_PROGRAM } from '../lib/install/launcher/archive.ts';
import { archiveName, imageFolder, LAUNCHER_BUILDS, type Built } from '../lib/install/launcher/built.ts';
import { assemble, joinPlatforms } from '../lib/install/oci/assemble.ts';
import type { Descriptor } from '../lib/install/oci/digest.ts';
import { ImageLayout } from '../lib/install/oci/layout.ts';
import { Registry } from '../lib/install/oci/registry.ts';
import { engineBinary } from '../lib/policy-engine/binary.ts';
import { VERSION } from '../lib/runtime/version.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
/** As Go and images name the processors that Node's packages call so. */
const PROCESSORS: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const IMAGE_FOLDER = 'opt/windlass';
const WORKER_USER = '1983:1983';

const { values } = parseArgs({ options: { arch: { type: 'string', default: 'x64,arm64' }, base: { type: 'string' }, out: { type: 'string', default: join(root, LAUNCHER_BUILDS) } } });
const say = (line: string) => process.stdout.write(`${line}\n`);
const exists = (path: string) => access(path).then(() => true, () => false);

/** Node for a processor: as installed, or for another machine's from its package. */
async function nodeFor(arch: string): Promise<string> {
  const name = `node-linux-${arch}`;
  const installed = join(root, 'node_modules', name, 'bin', 'node');
  if (await exists(installed)) return installed;
  const { optionalDependencies = {} } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { readonly optionalDependencies?: Readonly<Record<string, string>> };
  const version = optionalDependencies[name];
  if (version === undefined) throw new Error(`there is no package ${name}`);
  const kept = join(root, '.cache', 'launcher', `${name}-${version}`);
  if (!(await exists(kept))) {
    say(`fetching ${name} ${version}`);
    await mkdir(join(root, '.cache', 'launcher'), { recursive: true });
    const folder = await mkdtemp(`${kept}.`);
    await run('npm', ['pack', `${name}@${version}`, '--silent', '--pack-destination', folder], { cwd: folder });
    const [archive = ''] = (await readdir(folder)).filter((file) => file.endsWith('.tgz'));
    await requireLocked(name, await readFile(join(folder, archive)));
    await run('tar', ['-xzf', archive, 'package/bin/node'], { cwd: folder });
    await rename(join(folder, 'package', 'bin', 'node'), kept);
    await rm(folder, { recursive: true });
  }
  return kept;
}

/** What is packed is what the lock file names, byte for byte. */
async function requireLocked(name: string, archive: Buffer): Promise<void> {
  const { packages = {} } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as { readonly packages?: Readonly<Record<string, { readonly integrity?: string }>> };
  const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  if (packages[`node_modules/${name}`]?.integrity !== integrity) throw new Error(`the package ${name} is not the one of the lock file`);
}

function baseOf(reference: string): { readonly registry: Registry; readonly reference: string } {
  const [, endpoint, repository, tag] = /^(https?:\/\/[^/]+)\/([^:@]+)[:@](.+)$/.exec(reference) ?? [];
  if (endpoint === undefined || repository === undefined || tag === undefined) throw new Error('--base is a reference such as https://registry.example.com/debian:12-slim');
  return { registry: new Registry({ endpoint, repository }), reference: tag };
}

await run(process.execPath, ['--no-warnings', join(root, 'bin', 'build.ts')], { cwd: root });
const base = values.base === undefined ? undefined : baseOf(values.base);
const layout = new ImageLayout(imageFolder(values.out));
await rm(layout.folder, { recursive: true, force: true });
await rm(join(values.out, 'built.json'), { force: true });
const archives: Built['archives'] = [];
const manifests: Descriptor[] = [];
for (const arch of values.arch.split(',')) {
  const architecture = PROCESSORS[arch];
  if (architecture === undefined) throw new Error(`there is no launcher for the processor ${arch}: x64 and arm64 there are`);
  const engine = await engineBinary(root, `linux/${architecture}`);
  const parts = { node: await nodeFor(arch), launcher: join(root, 'dist', 'launcher.mjs'), engine: (await exists(engine)) ? engine : null };
  const file = archiveName(VERSION, arch);
  const { sha256 } = await packLauncher(parts, LAUNCH_PROGRAM, join(values.out, file));
  archives.push({ file, arch, sha256, engine: parts.engine !== null });
  say(`${sha256}  ${file}${parts.engine === null ? '  (without the policy engine, which is not built for it)' : ''}`);
  if (base === undefined) continue;
  const layerFile = join(values.out, `layer-${arch}.tar.gz`);
  const layer = await packLauncher(parts, IMAGE_FOLDER, layerFile);
  manifests.push(await assemble(layout, base, { architecture, layer, entrypoint: [`/${IMAGE_FOLDER}/${LAUNCH_PROGRAM}`], environment: [], user: WORKER_USER }));
  await rm(layerFile);
}
if (base !== undefined) await joinPlatforms(layout, manifests, VERSION);
else say('no image was assembled: --base names the one to put the launcher on');
const built: Built = { version: VERSION, archives, image: base !== undefined };
await writeFile(join(values.out, 'built.json'), JSON.stringify(built, null, 2));
