import { basename, dirname } from 'node:path';
import { gitServer } from './git.ts';

export interface ServedRepositories {
  /** The address of the bare repository in a folder. */
  addressOf(folder: string): string;
  close(): Promise<void>;
}

/** Repositories of this machine over HTTP, for platforms that read no other machine's files. Each is found below the folder that holds it, as several may be called alike. */
export async function serveRepositories(): Promise<ServedRepositories> {
  const host = await gitServer();
  return {
    addressOf: (folder) => `${host.url({ folder: dirname(folder) })}/${basename(folder)}`,
    close: () => host.close(),
  };
}
