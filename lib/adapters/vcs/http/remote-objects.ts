import type { GitCredentials } from '../../../core/ports/vcs.ts';
import { invalid, notFound, unavailable, type AppError } from '../../../core/shared/errors.ts';
import { repositoryGone } from '../git-errors.ts';
import { Missing, type ReadObject } from '../git-objects.ts';
import { objectFolder, type FolderLimits, type ObjectStore } from './object-folder.ts';
import { PackDamaged, PackTooLarge } from './pack.ts';
import { tooLarge, transport, type Exchange, type TransportOptions } from './transport.ts';
import { fetchRequest, headsRequest, NotGit, OtherHashes, readAdvertisement, readHeads, readPack, ServerRefuses, type Abilities, type Want } from './wire.ts';

/** One repository during one call of the port. */
export interface Session {
  readonly exchange: Exchange;
  readonly store: ObjectStore;
}

export interface RemoteObjectsOptions extends TransportOptions {
  readonly folder: string;
  readonly limits: FolderLimits;
  readonly findCredentials: (url: string) => Promise<GitCredentials | undefined>;
  readonly deadlineMs: () => number;
}

const MAX_KNOWN = 256;
const MAX_REASON = 200;

/** Objects of repositories: from this process's folder, and by git's protocol what that lacks. */
export function remoteObjects(options: RemoteObjectsOptions) {
  const remote = transport(options);
  const folder = objectFolder(options.folder, options.limits);
  /** What servers can do, which saves asking before every question. */
  const known = new Map<string, { readonly base: string; readonly abilities: Abilities }>();
  const turns = new Map<string, Promise<unknown>>();

  function saidOf(url: string, error: unknown): unknown {
    if (error instanceof NotGit) return repositoryGone(url);
    if (error instanceof OtherHashes) return invalid(`repository ${url} names its objects by SHA-256, which cannot be read here: use one with SHA-1`, { url });
    if (error instanceof PackTooLarge) return tooLarge(url, error.message);
    if (error instanceof ServerRefuses) return unavailable(`repository ${url} cannot be read: ${error.message.slice(0, MAX_REASON)}`, { url });
    return error;
  }

  /** Asks for what the server says first; heads come along with version 1 of the protocol. */
  async function introduce({ url, ...exchange }: Exchange): Promise<ReadonlyMap<string, string> | undefined> {
    const { base, answer } = await remote.advertisement({ url, ...exchange });
    const { heads, ...abilities } = readAdvertisement(answer);
    known.delete(url);
    known.set(url, { base, abilities });
    for (const oldest of known.keys()) if (known.size > MAX_KNOWN) known.delete(oldest);
    return heads;
  }

  async function ask<T>(exchange: Exchange, question: (abilities: Abilities) => string, read: (answer: Buffer) => T): Promise<T> {
    if (!known.has(exchange.url)) await introduce(exchange);
    const server = known.get(exchange.url);
    if (server === undefined) throw unavailable(`repository ${exchange.url} cannot be reached: its server is not known`, { url: exchange.url });
    try {
      return read(await remote.ask(exchange, server.base, question(server.abilities)));
    } catch (error) {
      // The server may have moved, or be another by now.
      if (!(error instanceof ServerRefuses)) known.delete(exchange.url);
      throw error;
    }
  }

  async function heads({ exchange }: Session): Promise<ReadonlyMap<string, string>> {
    try {
      if (known.get(exchange.url)?.abilities.version !== 2) {
        const told = await introduce(exchange);
        if (told !== undefined) return told;
      }
      return await ask(exchange, headsRequest, readHeads);
    } catch (error) {
      throw saidOf(exchange.url, error);
    }
  }

  /** Fetches in turn what is lacking by then. */
  function fetch(session: Session, lacking: () => readonly string[], want: Omit<Want, 'hashes'>): Promise<void> {
    const { url } = session.exchange;
    const before = turns.get(url) ?? Promise.resolve();
    const turn = before.then(async () => {
      const hashes = lacking();
      if (hashes.length > 0) await fetchNow(session, { ...want, hashes });
    });
    const ended = turn.catch(() => {});
    turns.set(url, ended);
    void ended.then(() => {
      if (turns.get(url) === ended) turns.delete(url);
    });
    return turn;
  }

  async function fetchNow(session: Session, want: Want): Promise<void> {
    const { url } = session.exchange;
    const packFor = (wanted: Want) => ask(session.exchange, (abilities) => fetchRequest(abilities, wanted), readPack);
    try {
      session.store.add(await packFor(want).catch(async (error: unknown) => {
        if (!(error instanceof ServerRefuses) || known.get(url)?.abilities.version !== 1) throw error;
        // Old servers give heads of branches only, and what lies behind them.
        const all = [...new Set((await introduce(session.exchange))?.values())];
        return packFor({ hashes: all, filter: 'blob:none' });
      }));
    } catch (error) {
      const gone = error instanceof ServerRefuses ? /not our ref ([0-9a-f]{40})/.exec(error.message)?.[1] : undefined;
      throw gone === undefined ? saidOf(url, error) : commitGone(url, gone);
    }
    const gone = want.hashes.find((hash) => session.store.read(hash) === undefined);
    if (gone !== undefined) throw commitGone(url, gone);
  }

  return {
    heads,
    fetch,

    /** Runs `work` on a repository; where its files prove damaged, once more from nothing. */
    async on<T>(url: string, work: (session: Session) => Promise<T>): Promise<T> {
      const deadlineMs = options.deadlineMs();
      const exchange: Exchange = { url, credentials: await options.findCredentials(url), deadlineMs, signal: AbortSignal.timeout(deadlineMs) };
      try {
        return await work({ exchange, store: folder.store(url) });
      } catch (error) {
        if (!isDamage(error)) throw error;
      }
      folder.drop(url);
      try {
        return await work({ exchange, store: folder.store(url) });
      } catch (error) {
        if (!isDamage(error)) throw error;
        throw unavailable(`repository ${url} cannot be read: ${error.message}`, { url }, { cause: error });
      }
    },

    /** Answers from what is here; fetches what the answer proves to need, a step further each time. */
    async answered<T>(session: Session, work: (read: ReadObject) => T, steps: readonly (() => Promise<void>)[]): Promise<T> {
      for (const step of steps) {
        try {
          return work(session.store.read);
        } catch (error) {
          if (!(error instanceof Missing)) throw error;
        }
        await step();
      }
      return work(session.store.read);
    },
  };
}

export const commitGone = (url: string, hash: string): AppError => notFound(`commit ${hash} is not in repository ${url}`, { url, commit: hash });

const isDamage = (error: unknown): error is Error =>
  error instanceof PackDamaged || error instanceof Missing || (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT');
