import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';

/** A file ready to be uploaded as an artifact. */
export interface ArtifactFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Writes a 0600 file and takes its size and hash on the way. `add` only gathers; `flush` writes what was gathered. */
export class ArtifactWriter {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #hash: Hash = createHash('sha256');
  #pieces: Buffer[] = [];
  #bytes = 0;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  static async create(path: string): Promise<ArtifactWriter> {
    return new ArtifactWriter(path, await open(path, 'w', 0o600));
  }

  add(piece: Uint8Array | string): void {
    this.#pieces.push(typeof piece === 'string' ? Buffer.from(piece, 'utf8') : Buffer.from(piece));
  }

  async flush(): Promise<void> {
    if (this.#pieces.length === 0) return;
    const block = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#bytes += block.length;
    this.#hash.update(block);
    await this.#file.writeFile(block);
  }

  async finish(): Promise<ArtifactFile> {
    try {
      await this.flush();
    } finally {
      await this.#file.close();
    }
    return { path: this.#path, bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Closes without a result, after a failure. */
  async abandon(): Promise<void> {
    await this.#file.close();
  }
}

/** Runs `work` on a new file; whatever happens the file is closed. */
export async function writeArtifact(path: string, work: (writer: ArtifactWriter) => Promise<void>): Promise<ArtifactFile> {
  const writer = await ArtifactWriter.create(path);
  try {
    await work(writer);
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  return writer.finish();
}

export const writeText = (path: string, text: string): Promise<ArtifactFile> => writeArtifact(path, async (writer) => writer.add(text));
