import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { signIn, type Api } from '../../lib/demo/api.ts';
import type { DemoRepository } from '../../lib/demo/repository.ts';
import { launcherPids, type ServerProcess } from '../../lib/demo/server-process.ts';
import { seenInFiles } from './canary.ts';
import { seenInTables } from './kept.ts';
import { stacksOver } from './platform-stacks.ts';
import { freePort } from './free-port.ts';
import { scratchFolder } from './scratch.ts';
import { copySetUpFolder, startServer } from './server.ts';

export interface FollowedRun {
  readonly id: string;
  readonly state: string;
  readonly stateVersion: number;
  readonly note: string | null;
  /** Log lines since the following began, in order. */
  readonly lines: readonly string[];
  readonly states: readonly string[];
}

export interface TestStack {
  readonly id: string;
  /** With its address on this machine, where the platform knows it by another. */
  readonly repository: DemoRepository & { readonly localUrl: string };
  readonly hookUrl: string;
  /** Commits, pushes (the hook fires) and returns the commit. */
  push(files: Readonly<Record<string, string>>, options?: { readonly branch?: string; readonly message?: string }): Promise<string>;
  /** Waits for the run of a commit to end or to wait for a person. */
  runOf(hash: string, kind?: 'runs' | 'proposedRuns'): Promise<FollowedRun>;
  follow(runId: string, after?: number): Promise<FollowedRun>;
  trigger(type?: 'TRACKED' | 'PROPOSED', commitSha?: string): Promise<string>;
  /** Triggers, and waits as `runOf` does. */
  run(type?: 'TRACKED' | 'PROPOSED', commitSha?: string): Promise<FollowedRun>;
  task(command: string): Promise<FollowedRun>;
  confirm(runId: string): Promise<void>;
  /** Confirms, and waits for the end. */
  apply(planned: FollowedRun): Promise<FollowedRun>;
  /** One of the mutations that take a stack and a run. */
  act(mutation: 'runConfirm' | 'runDiscard' | 'runCancel' | 'runStop' | 'runKill' | 'runRetry', runId: string, note?: string): Promise<void>;
  /** The state a run is in now, and since how many steps. */
  stateOf(runId: string): Promise<{ readonly state: string; readonly stateVersion: number; readonly note: string | null }>;
  /** Waits for a run to be in a state, without reading its log. */
  reaches(runId: string, state: string): Promise<void>;
  setVariable(name: string, value: string, options?: { readonly writeOnly?: boolean }): Promise<void>;
  query<T>(selection: string): Promise<T>;
}

/** What every platform lets its users know. */
export interface PlatformServer {
  readonly url: string;
  readonly apiKey: { readonly id: string; readonly secret: string };
}

type Secrets = Readonly<Record<string, string>>;

export interface Platform {
  readonly server: PlatformServer;
  readonly api: Api;
  readonly folder: string;
  /** What verifies the broker's certificate, where it has one. */
  readonly brokerCa?: string;
  /** Pids of the workers' launchers. */
  launcherPids(): Promise<readonly number[]>;
  /** The address at which the platform finds a repository of this machine. */
  addressOf(repository: { readonly folder: string; readonly url: string }): string;
  /** What every stack is made with here, and keeps when it is updated. */
  readonly always: Readonly<Record<string, unknown>>;
  /** What of the secrets is in the clear where no person looks: in files, objects and logs of the platform and its workers. */
  seenInKept(secrets: Secrets): Promise<readonly string[]>;
  /** Likewise in its database, for which its server may be ended; and how many tables it has. */
  seenInTables(secrets: Secrets): Promise<{ readonly tables: number; readonly seen: readonly string[] }>;
  /** A stack over a repository of its own, whose first commit holds `files`. */
  stack(name: string, files: Readonly<Record<string, string>>, input?: Readonly<Record<string, unknown>>): Promise<TestStack>;
  stop(): Promise<void>;
}

/** A server with everything in one process, which has a folder and can be ended and started again. */
export interface EmbeddedPlatform extends Platform {
  readonly server: ServerProcess;
  /** The server's data folder. */
  readonly data: string;
  /** Starts the server again, in the same folder and on the same ports, after it has ended. */
  restart(): Promise<void>;
}

/** A whole server with workers, driven over its public interfaces only. Started by root, its steps run as the runner user, as anywhere. */
export async function startPlatform(environment: Readonly<Record<string, string | undefined>> = {}, options: { readonly folder?: string } = {}): Promise<EmbeddedPlatform> {
  const given = options.folder;
  const folder = given === undefined ? await scratchFolder('platform') : { path: given, remove: async () => {} };
  await chmod(folder.path, 0o711);
  const data = join(folder.path, 'data');
  // A server that is started again is found where it was.
  const ports = { WINDLASS_LISTEN: `127.0.0.1:${await freePort()}`, WINDLASS_MQTT_LISTEN: `127.0.0.1:${await freePort()}` };
  const start = () => startServer({ folder: data, environment: { ...ports, WINDLASS_RUN_ROOT: join(folder.path, 'runs'), ...environment } });
  // One session follows runs, and is answered when there is news; the other is answered at once.
  const sessions = () => Promise.all([signIn(server.url, server.apiKey), signIn(server.url, server.apiKey, 'other')]);
  await copySetUpFolder(data);
  let server = await start();
  let [live, api] = await sessions();

  return {
    get server() {
      return server;
    },
    get api() {
      return api;
    },
    async restart() {
      server = await start();
      [live, api] = await sessions();
    },
    folder: folder.path,
    data,
    launcherPids: () => launcherPids(data),
    always: {},
    addressOf: ({ url }) => url,
    // Logs lie beside the folder of what they tell of.
    seenInKept: async (secrets) => [
      ...(await seenInFiles(data, secrets)),
      ...(await seenInFiles(join(folder.path, 'runs'), secrets)),
      ...(await seenInFiles(folder.path, secrets, (path) => !path.endsWith('.log'))),
    ],
    async seenInTables(secrets) {
      await server.stop();
      const database = await PGlite.create({ dataDir: join(data, 'db') });
      try {
        return await seenInTables(async <Row>(sql: string) => (await database.query<Row>(sql)).rows, secrets);
      } finally {
        await database.close();
      }
    },
    stack: stacksOver({ folder: folder.path, live: () => live, api: () => api }),
    async stop() {
      await server.stop();
      await folder.remove();
    },
  };
}
