import { after, before, beforeEach, describe, it } from 'node:test';
import { expect } from 'expect';
import type { Ports } from '../../../lib/core/ports/ports.ts';
import { buildPackage } from '../../../lib/core/handovers/actions/build-package.ts';
import { refreshToolVersions } from '../../../lib/core/stacks/actions/refresh-tool-versions.ts';
import { requireOfferedVersion } from '../../../lib/core/stacks/actions/check-stack.ts';
import { openTofuVersions } from '../../../lib/core/stacks/tool-catalogue.ts';
import { knownReleases } from '../../../lib/core/stacks/tool-release-store.ts';
import type { Stack } from '../../../lib/core/stacks/stack.ts';
import type { TestApp } from '../../support/app.ts';
import { callCounter } from '../../support/call-counter.ts';
import { ENGINES } from '../../support/database.ts';
import { graphqlApi } from '../../support/graphql.ts';
import { choiceAudience, choiceOf } from '../../../lib/core/handovers/run-choice.ts';
import { aRun, claimed, handoversApp, walk } from '../../support/handover-builders.ts';
import { releaseLists, type ReleaseLists } from '../../support/release-lists.ts';
import { aStackOfItsOwn, reload } from '../../support/run-builders.ts';
import { aWorker, aWorkerPool, type TestPool } from '../../support/worker-builders.ts';

const ALLOWED = '>=1.6.0 <1.16.0';

for (const engine of ENGINES) {
  describe(`lists of tools' releases (${engine})`, () => {
    let app: TestApp;
    let ports: Ports;
    let lists: ReleaseLists;
    let pool: TestPool;

    before(async () => {
      app = await handoversApp({ engine });
      pool = await aWorkerPool(app);
    });
    after(() => app.close());
    beforeEach(async () => {
      await lists?.close();
      lists = await releaseLists();
      lists.list('terraform', ['1.15.2', '1.15.1', '1.16.0', '1.5.7', '1.16.0-rc1']);
      lists.list('opentofu', ['1.12.3', '1.12.0', '1.6.0']);
      ports = { ...app.ports, settings: { ...app.ports.settings, terraformAllowedVersions: ALLOWED, toolLists: lists.addresses } };
      app.logged.length = 0;
      await app.ports.db.sql.deleteFrom('tool_releases').execute();
    });
    after(() => lists.close());

    const known = () => knownReleases(app.ports.db.sql);
    const vendor = (version: string | null, tool: 'terraform' | 'opentofu' = 'terraform'): Pick<Stack, 'vendorConfig'> => ({
      vendorConfig: tool === 'terraform'
        ? { vendor: 'terraform', version, workflowTool: 'TERRAFORM_FOSS', workspace: null, useSmartSanitization: false, externalStateAccessEnabled: false }
        : {
          vendor: 'opentofu', version, workflowTool: 'OPENTOFU', workspace: null, useSmartSanitization: true, externalStateAccessEnabled: false, concise: true,
        },
    });

    it('are fetched, and not again while they have not changed', async () => {
      await refreshToolVersions(ports);
      await refreshToolVersions(ports);

      expect(await known()).toEqual({ TERRAFORM_FOSS: ['1.16.0', '1.15.2', '1.15.1', '1.5.7'], OPEN_TOFU: ['1.12.3', '1.12.0', '1.6.0'] });
      expect(lists.requests.map(({ path, status }) => `${path} ${status}`).sort()).toEqual([
        '/opentofu/api.json 200', '/opentofu/api.json 304', '/terraform/index.json 200', '/terraform/index.json 304',
      ]);
      lists.list('opentofu', ['1.13.0', '1.12.3']);
      app.clock.advance(86_400_000);
      await refreshToolVersions(ports);
      expect(await known()).toMatchObject({ OPEN_TOFU: ['1.13.0', '1.12.3'] });
      const rows = await app.ports.db.sql.selectFrom('tool_releases').select(['kind', 'checked_at']).execute();
      expect(rows.map(({ checked_at }) => checked_at)).toEqual([app.clock.now(), app.clock.now()]);
    });

    it('stay as they were when they cannot be had, which is told', async () => {
      await refreshToolVersions(ports);
      const before = await known();
      for (const [status, body] of [[503, 'away'], [200, '<html>Sign in</html>'], [301, ''], [200, '{"versions":[]}']] as const) {
        lists.fail({ status, body });
        await refreshToolVersions(ports);
      }
      await lists.close();
      await refreshToolVersions(ports);

      expect(await known()).toEqual(before);
      const told = app.logged.filter(({ message }) => message === 'the list of releases of a tool could not be fetched');
      expect(told).toHaveLength(10);
      expect(told[0]).toMatchObject({ level: 'warn', fields: { url: expect.stringContaining(lists.url) } });
    });

    it('are asked for whole at another address, and forgotten where none is to be fetched', async () => {
      await refreshToolVersions(ports);
      await refreshToolVersions({ ...ports, settings: { ...ports.settings, toolLists: { ...lists.addresses, OPEN_TOFU: `${lists.url}/opentofu/api.json?` } } });
      expect(lists.requests.at(-1)?.headers['if-none-match'] ?? lists.requests.at(-2)?.headers['if-none-match']).toBeDefined();
      expect(lists.requests.find(({ path }) => path.endsWith('?'))?.headers['if-none-match']).toBeUndefined();

      await refreshToolVersions(app.ports);
      expect(await known()).toEqual({});
    });

    it('are what the API offers; without them it is what comes with the product', async () => {
      const effective = 'newest: openTofuEffectiveVersion(constraints: "latest") pinned: terraformEffectiveVersion(constraints: "~> 1.15.0")';
      const query = `{ terraformVersions openTofuVersions ${effective} }`;
      const api = { ...app, ports };
      const admin = await graphqlApi(api).admin();
      expect((await admin.get(query)).openTofuVersions).toEqual(openTofuVersions());

      await refreshToolVersions(ports);

      expect(await admin.get(query)).toEqual({
        terraformVersions: ['1.15.2', '1.15.1', '1.5.7'], openTofuVersions: ['1.12.3', '1.12.0', '1.6.0'], newest: '1.12.3', pinned: '1.15.2',
      });
      const stack = await aStackOfItsOwn(app, { ...vendor('>= 1.6', 'opentofu'), workerPoolId: pool.pool.id });
      expect((await admin.get(`{ stack(id: "${stack.id}") { effectiveTerraformVersion } }`)).stack.effectiveTerraformVersion).toBe('1.12.3');
    });

    it('decide what a stack may ask for', async () => {
      await refreshToolVersions(ports);
      const check = async (version: string) => requireOfferedVersion(ports, app.ports.db.sql, await aStackOfItsOwn(app, vendor(version)));

      await check('1.15.2');
      await check('1.15.9');
      await expect(check('1.15.0')).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining('there is no Terraform 1.15.0') });
      await expect(check('1.16.0')).rejects.toMatchObject({ code: 'INVALID', message: expect.stringContaining('newest offered is 1.15.2') });
      await expect(check('>= 1.15.3')).rejects.toMatchObject({ code: 'INVALID' });
    });

    it('come along with a claim', async () => {
      await refreshToolVersions(ports);
      const own = await aWorkerPool(app);
      const stack = await aStackOfItsOwn(app, { ...vendor('>= 1.6', 'opentofu'), workerPoolId: own.pool.id });
      // Whatever an earlier handover chose: it is chosen anew at each beginning.
      const run = await aRun(app, stack, { toolKind: 'OPEN_TOFU', toolVersion: '1.6.0' });

      const worker = await aWorker(app, own);
      await walk(app, worker, await claimed(app, worker), 'PREPARING', 'INITIALIZING');

      expect(await reload(app, run)).toMatchObject({ state: 'INITIALIZING', toolKind: 'OPEN_TOFU', toolVersion: '1.12.3' });
    });

    it('decide which version a run gets, and are not read where the worker has a fitting one', async () => {
      await refreshToolVersions(ports);
      const stack = await aStackOfItsOwn(app, { ...vendor('>= 1.6, < 2.0', 'opentofu'), workerPoolId: pool.pool.id });
      const run = await aRun(app, stack, { state: 'PREPARING', lease: 1 });
      const worker = { ...(await aWorker(app, pool)), pool: pool.pool };
      const counter = callCounter(ports);
      const handOver = async (tools: typeof worker.tools) => {
        let version: string | null | undefined;
        const { sql } = await counter.during(async () => {
          const { choice } = await buildPackage(counter.ports, { run, stack, worker: { ...worker, tools } });
          version = choiceOf(await ports.signer.verify(choice ?? '', choiceAudience(ports.settings)), run)?.toolVersion;
        });
        return { version, sql: sql ?? 0 };
      };

      const [asked, own] = [await handOver([]), await handOver([{ kind: 'OPEN_TOFU', version: '1.9.0' }])];

      expect([asked.version, own.version, asked.sql - own.sql]).toEqual(['1.12.3', '1.9.0', 1]);
    });
  });
}
