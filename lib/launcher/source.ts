import { createWriteStream, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { PackageSource } from '../protocol/job.ts';
import { extractTarGz } from './archive.ts';
import { fetchGitSource, SourceError } from './git-source.ts';
import type { GitOptions } from './git-source.ts';
import { withLiveAddress } from './live-address.ts';
import type { ServerApi } from './server-api.ts';
import { extractZip } from './zip.ts';

export interface SourceOptions extends GitOptions {
  readonly api: ServerApi;
  /** Another address of the uploaded archive, where the first has died. */
  readonly renewed: () => Promise<{ readonly url: string }>;
  readonly privateVcs: Readonly<Record<string, string>>;
}

/** A local preview may be this large, packed and unpacked. */
const MAX_UPLOAD_BYTES = 10 * 1024 ** 3;

/** Fills the empty folder with the run's source. */
export async function fetchSource(source: PackageSource, folder: string, options: SourceOptions): Promise<void> {
  mkdirSync(folder, { recursive: true });
  switch (source.kind) {
    case 'none':
      return;
    case 'git':
      return fetchGitSource({ ...source, url: throughMapping(source.url, options.privateVcs) }, folder, options);
    case 'upload': {
      const response = await withLiveAddress(source, options.renewed, ({ url }) => options.api.getObject(url, { signal: options.signal }));
      return extractTarGz(response.body, folder, { maxBytes: MAX_UPLOAD_BYTES });
    }
    case 'archive': {
      const response = await options.api.getObject(throughMapping(source.url, options.privateVcs), { signal: options.signal, headers: source.headers });
      if (source.format === 'tar.gz') return extractTarGz(response.body, folder, { strip: source.strip });
      const temporary = await mkdtemp(join(options.helperFolder, 'archive-'));
      try {
        await pipeline(response.body, createWriteStream(join(temporary, 'source.zip')));
        return await extractZip(join(temporary, 'source.zip'), folder, { strip: source.strip });
      } finally {
        await rm(temporary, { recursive: true, force: true });
      }
    }
  }
}

/** `private://<name>/…` becomes the address that this worker maps to the name. */
export function throughMapping(url: string, mapping: Readonly<Record<string, string>>): string {
  const match = /^private:\/\/([^/]+)/.exec(url);
  if (!match?.[1]) return url;
  const endpoint = mapping[match[1]];
  if (!endpoint) {
    throw new SourceError(`no private VCS mapping for ${JSON.stringify(match[1])}; set SPACELIFT_PRIVATEVCS_MAPPING_NAME_<n> and SPACELIFT_PRIVATEVCS_MAPPING_BASE_ENDPOINT_<n>`);
  }
  return endpoint + url.slice(match[0].length);
}
