import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { signIn, type Api } from '../../lib/demo/api.ts';
import { seenInFiles } from './canary.ts';
import { startLaunchers } from './cloud-launchers.ts';
import { startCloud, type Cloud, type CloudAccess, type CloudOptions } from './cloud.ts';
import { seenInBuckets, seenInTables } from './kept.ts';
import type { Platform } from './platform.ts';
import { stacksOver } from './platform-stacks.ts';
import { scratchFolder } from './scratch.ts';
import { serveRepositories } from './served-repositories.ts';
import { testPoolKey } from './signing-requests.ts';

/** Of a run. Functions start cold, and everything is asked for through several servers. */
const WITHIN_MS = 150_000;
const WORKERS = 2;

type Environment = Readonly<Record<string, string | undefined>>;

export interface CloudPlatform extends Platform {
  readonly cloud: Cloud;
}

async function post<T>(url: string, jwt: string, query: string, variables: object): Promise<T> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${jwt}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { readonly data?: T; readonly errors?: readonly { readonly message: string }[] };
  if (data === undefined || errors !== undefined) throw new Error(errors?.map(({ message }) => message).join('; ') ?? `the API answered ${response.status}`);
  return data;
}

/** An administrator's key, made by the administrator who signs in by password. */
export async function adminKey(cloud: Pick<Cloud, 'url' | 'admin'>): Promise<{ readonly id: string; readonly secret: string }> {
  const login = await fetch(`${cloud.url}/admin-login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(cloud.admin) });
  if (!login.ok) throw new Error(`the administrator could not sign in: ${login.status} ${await login.text()}`);
  const { jwt } = (await login.json()) as { readonly jwt: string };
  const { apiKeyCreate: key } = await post<{ apiKeyCreate: { id: string; secret: string } }>(
    cloud.url,
    jwt,
    'mutation { apiKeyCreate(input: { name: "journeys", admin: true }) { id secret } }',
    {},
  );
  return key;
}

/** A pool of private workers, and what its launchers are started with. */
export async function makePool(api: Api, name: string) {
  const key = await testPoolKey();
  const { workerPoolCreate: pool } = await api.query<{ workerPoolCreate: { id: string; config: string } }>(
    'mutation ($name: String!, $csr: String!) { workerPoolCreate(name: $name, certificateSigningRequest: $csr) { id config } }',
    { name, csr: Buffer.from(key.csr).toString('base64') },
  );
  return { id: pool.id, token: pool.config, privateKeyPem: key.privateKeyPem };
}

/** The local cloud with private workers, driven over its public interfaces only. */
export async function startCloudPlatform(environment: Environment = {}, options: CloudOptions = {}): Promise<CloudPlatform> {
  const cloud = await startCloud(options);
  try {
    const platform = await platformOn(cloud.access, environment);
    return {
      ...platform,
      cloud,
      async stop() {
        const told = cloud.refusals();
        await platform.stop();
        await cloud.stop();
        if (told.length > 0) throw new Error(`the roles of functions lack rights:\n${told.join('\n')}`);
      },
    };
  } catch (error) {
    await cloud.stop();
    throw error;
  }
}

/** Workers of a new pool, and a folder, beside whoever else uses a cloud. */
export async function platformOn(access: CloudAccess, environment: Environment = {}): Promise<Platform> {
  const folder = await scratchFolder('cloud-platform');
  await chmod(folder.path, 0o711);
  const closing: (() => Promise<unknown>)[] = [() => folder.remove()];
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const apiKey = await adminKey(access);
    const [live, api] = await Promise.all([signIn(access.url, apiKey), signIn(access.url, apiKey, 'other')]);
    const pool = await makePool(api, 'private');
    const repositories = await serveRepositories();
    closing.push(() => repositories.close());
    const { EMBEDDED_WORKER: workers, ...variables } = environment;
    const launchers = await startLaunchers({
      folder: folder.path,
      count: workers === 'off' ? 0 : WORKERS,
      token: pool.token,
      privateKeyPem: pool.privateKeyPem,
      brokerCa: access.brokerCa,
      environment: variables,
    });
    closing.push(() => launchers.stop());
    const always = { workerPool: pool.id };
    return {
      always,
      addressOf: (repository) => repositories.addressOf(repository.folder),
      server: { url: access.url, apiKey },
      api,
      folder: folder.path,
      brokerCa: access.brokerCa,
      launcherPids: async () => launchers.pids(),
      // States are encrypted by their bucket alone, which is asked for them here.
      seenInKept: async (secrets) => [
        ...(await seenInBuckets(access, secrets, (bucket) => bucket.includes('-states-'))),
        ...(await seenInFiles(join(access.folder, 'logs'), secrets)),
        ...(await seenInFiles(join(folder.path, 'runs'), secrets)),
        ...(await seenInFiles(folder.path, secrets, (path) => !path.endsWith('.log'))),
      ],
      async seenInTables(secrets) {
        const database = new pg.Client({ connectionString: access.databaseUrl });
        await database.connect();
        try {
          return await seenInTables(async <Row>(sql: string) => (await database.query(sql)).rows as Row[], secrets);
        } finally {
          await database.end();
        }
      },
      stack: stacksOver({
        folder: folder.path,
        live: () => live,
        api: () => api,
        always,
        withinMs: WITHIN_MS,
        addressOf: (path) => repositories.addressOf(path),
      }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
