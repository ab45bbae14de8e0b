import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { signIn } from '../../lib/demo/api.ts';
import type { Telemetry } from '../../lib/core/ports/telemetry.ts';
import { runTick } from '../../lib/edge/drain/ticks.ts';
import { readEmbeddedConfig } from '../../lib/runtime/config.ts';
import { startEmbedded, type EmbeddedServer } from '../../lib/runtime/embedded.ts';
import { eventually } from '../support/eventually.ts';
import { ROOT } from '../support/infra.ts';
import { aReceiver, type Receiver } from '../support/receiver.ts';
import { releaseLists, type ReleaseLists } from '../support/release-lists.ts';
import { scratchFolder } from '../support/scratch.ts';
import { copySetUpFolder } from '../support/server.ts';

const silent: Telemetry = { log: () => {}, count: () => {}, span: (_, work) => work() };
const KEY = { id: 'daily', secret: 'k'.repeat(32) };

describe('what a server on one machine does once a day', { timeout: 200_000 }, () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let lists: ReleaseLists;
  let receiver: Receiver;
  let server: EmbeddedServer;

  before(async () => {
    [folder, lists, receiver] = await Promise.all([scratchFolder('daily'), releaseLists(), aReceiver()]);
    lists.list('terraform', ['1.15.1', '1.5.7', '1.4.0']);
    lists.list('opentofu', ['1.12.3']);
    const data = join(folder.path, 'data');
    await copySetUpFolder(data);
    const environment = {
      WINDLASS_DATA: data, WINDLASS_LISTEN: '127.0.0.1:0', WINDLASS_MQTT_LISTEN: '127.0.0.1:0', EMBEDDED_WORKER: 'off',
      ADMIN_API_KEY_ID: KEY.id, ADMIN_API_KEY_SECRET: KEY.secret, OUTBOUND_ALLOWED_CIDRS: '127.0.0.0/8',
      USAGE_ENDPOINT: `${receiver.url}/usage`, TOOL_VERSIONS_FROM: lists.url,
    };
    const { config, faults } = readEmbeddedConfig(environment);
    expect(faults).toEqual([]);
    server = await startEmbedded({ config, tls: null, root: ROOT, launcherCommand: [], environment, telemetry: silent });
  });
  after(async () => {
    await server?.stop();
    await Promise.all([lists.close(), receiver.close(), folder.remove()]);
  });

  it('includes the lists of releases that it offers', async () => {
    await runTick(server.ports, 'tool-versions');

    const api = await signIn(server.url, KEY, 'other');
    expect(await api.query('{ terraformVersions openTofuVersions }')).toEqual({ terraformVersions: ['1.5.7', '1.4.0'], openTofuVersions: ['1.12.3'] });
  });

  it('includes the report of usage, which is posted and can be read', async () => {
    await server.ports.db.sql.updateTable('accounts').set({ created_at: new Date(Date.now() - 2 * 86_400_000) }).execute();
    await runTick(server.ports, 'usage');

    await eventually('both reports', async () => receiver.received.length === 2);
    expect(receiver.bodies().every(({ account, format }) => account === 'local' && format === 'windlass.usage/1')).toBe(true);

    const { token } = await tokenOf();
    const answer = await fetch(`${server.url}/usageanalytics/csv?aspect=run-minutes`, { headers: { authorization: `Bearer ${token}` } });
    expect([answer.status, (await answer.text()).split(',', 1)]).toEqual([200, ['timestamp_unix']]);
    expect((await fetch(`${server.url}/usageanalytics/csv`)).status).toBe(401);
    expect((await fetch(`${server.url}/usageanalytics/csv?aspect=x`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(400);
  });

  async function tokenOf(): Promise<{ readonly token: string }> {
    const query = 'mutation ($id: ID!, $secret: String!) { apiKeyUser(id: $id, secret: $secret) { jwt } }';
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables: KEY }),
    });
    const { data } = (await answer.json()) as { readonly data: { readonly apiKeyUser: { readonly jwt: string } } };
    return { token: data.apiKeyUser.jwt };
  }
});
