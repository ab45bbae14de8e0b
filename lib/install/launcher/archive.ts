import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { pack } from 'tar-stream';

/** What a launcher consists of: built files, by their paths. */
export interface LauncherParts {
  readonly node: string;
  readonly launcher: string;
  /** The policy engine, where it was built for the processor. */
  readonly engine: string | null;
}

const LAUNCH = `#!/bin/sh
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
if [ -x "$here/bin/policy-engine" ]; then : "\${WINDLASS_POLICY_ENGINE:=$here/bin/policy-engine}"; export WINDLASS_POLICY_ENGINE; fi
exec "$here/bin/node" --no-warnings "$here/launcher.mjs" "$@"
`;

/** The program in an unpacked archive or an image. */
export const LAUNCH_PROGRAM = 'windlass-launcher';

export interface Packed {
  readonly path: string;
  readonly sha256: string;
  /** Digest of the archive before its compression. */
  readonly diffId: string;
}

/** Packs a launcher under a folder of the archive. The same parts make the same bytes: no times, no owners, one order. */
export async function packLauncher(parts: LauncherParts, folder: string, path: string): Promise<Packed> {
  const archive = pack();
  const [inner, outer] = [createHash('sha256'), createHash('sha256')];
  await mkdir(dirname(path), { recursive: true });
  const written = pipeline(archive, hashing(inner), createGzip({ level: constants.Z_BEST_COMPRESSION }), hashing(outer), createWriteStream(`${path}.part`));
  const facts = { mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' } as const;
  const add = (name: string, content: string | null, mode: number, type: 'file' | 'directory') => archive.entry({ ...facts, name, mode, type }, content ?? '');
  const addFile = async (name: string, source: string, mode: number) => {
    const entry = archive.entry({ ...facts, name, mode, size: (await stat(source)).size });
    await pipeline(createReadStream(source), entry);
  };
  for (const parent of parentsOf(`${folder}/bin/`)) add(parent, null, 0o755, 'directory');
  await addFile(`${folder}/bin/node`, parts.node, 0o755);
  if (parts.engine !== null) await addFile(`${folder}/bin/policy-engine`, parts.engine, 0o755);
  await addFile(`${folder}/launcher.mjs`, parts.launcher, 0o644);
  add(`${folder}/${LAUNCH_PROGRAM}`, LAUNCH, 0o755, 'file');
  archive.finalize();
  await written;
  await rename(`${path}.part`, path);
  return { path, sha256: outer.digest('hex'), diffId: `sha256:${inner.digest('hex')}` };
}

/** A folder of an archive and those around it, the outermost first. */
const parentsOf = (path: string): readonly string[] => path.split('/').slice(0, -1).map((_, index, all) => `${all.slice(0, index + 1).join('/')}/`);

const hashing = (hash: ReturnType<typeof createHash>): Transform =>
  new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
