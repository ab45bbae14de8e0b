import { describe, it } from 'node:test';
import { expect } from 'expect';
import type { PoolCertificate } from '../../../lib/core/ports/certificates.ts';
import { json } from '../../../lib/core/ports/json.ts';
import { deletePool } from '../../../lib/core/workers/actions/delete-pool.ts';
import { renewPool } from '../../../lib/core/workers/actions/reset-pool.ts';
import { runTick } from '../../../lib/edge/drain/ticks.ts';
import { adminActor } from '../../support/actors.ts';
import { ENGINES } from '../../support/database.ts';
import { testPoolKey } from '../../support/signing-requests.ts';
import { aWorkerPool, testCertificates, workersApp } from '../../support/worker-builders.ts';

for (const engine of ENGINES) {
  describe(`reconciling certificates (${engine})`, () => {
    it('names every pool that is not deleted, with the certificate in force', async () => {
      const told: (readonly PoolCertificate[])[] = [];
      const repair = async (pools: readonly PoolCertificate[]) => void told.push(pools);
      const removeOrphans = async (pools: readonly PoolCertificate[]) => (told.push(pools), null);
      const certificates = { ...(await testCertificates()), repair, removeOrphans };
      const app = await workersApp({ engine, certificates });
      const [stays, renewed, gone] = [await aWorkerPool(app), await aWorkerPool(app), await aWorkerPool(app)];
      const { pool } = await renewPool(app.ports, adminActor(), renewed.pool, (await testPoolKey()).csr);
      await deletePool(app.ports, adminActor(), { id: gone.pool.id });

      await runTick(app.ports, 'iot-reconcile');

      const all = [
        { poolId: stays.pool.id, certificateId: stays.pool.certificateId },
        { poolId: pool.id, certificateId: pool.certificateId },
      ];
      expect(told).toEqual([all, all]);
      // Done in one go: nothing is left that would keep an idle installation awake.
      expect(await app.ports.db.sql.selectFrom('messages').selectAll().where('type', '=', 'certificates.due').execute()).toEqual([]);
      expect(pool.certificateId).not.toBe(renewed.pool.certificateId);
      await app.close();
    });

    it('goes on by messages where there is more than one call gets done, and tells of all pools before anything is removed', async () => {
      const repaired: number[] = [];
      const swept: (readonly [number, string | null])[] = [];
      const repair = async (pools: readonly PoolCertificate[]) => void repaired.push(pools.length);
      const removeOrphans = async (pools: readonly PoolCertificate[], after: string | null) => {
        swept.push([pools.length, after]);
        return swept.length < 3 ? `ORPHAN-${swept.length}` : null;
      };
      const app = await workersApp({ engine, certificates: { ...(await testCertificates()), repair, removeOrphans } });
      const { pool } = await aWorkerPool(app);
      const row = await app.ports.db.sql.selectFrom('worker_pools').selectAll().where('id', '=', pool.id).executeTakeFirstOrThrow();
      const copies = Array.from({ length: 250 }, (_, n) => ({ ...row, labels: json(row.labels), id: app.ports.ids.ulid(), name: `pool-${n}`, certificate_id: `c-${n}` }));
      await app.ports.db.sql.insertInto('worker_pools').values(copies).execute();

      await runTick(app.ports, 'iot-reconcile');
      expect(repaired).toEqual([25]);
      await app.drain();

      expect(repaired).toEqual([...Array.from({ length: 10 }, () => 25), 1]);
      expect(swept).toEqual([[251, null], [251, 'ORPHAN-1'], [251, 'ORPHAN-2']]);
      await app.close();
    });
  });
}
