import { describe, it } from 'node:test';
import { expect } from 'expect';
import type { PoolCertificate } from '../../../lib/core/ports/certificates.ts';
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
      const certificates = { ...(await testCertificates()), reconcile: async (pools: readonly PoolCertificate[]) => void told.push(pools) };
      const app = await workersApp({ engine, certificates });
      const [stays, renewed, gone] = [await aWorkerPool(app), await aWorkerPool(app), await aWorkerPool(app)];
      const { pool } = await renewPool(app.ports, adminActor(), renewed.pool, (await testPoolKey()).csr);
      await deletePool(app.ports, adminActor(), { id: gone.pool.id });

      await runTick(app.ports, 'iot-reconcile');

      expect(told).toEqual([
        [
          { poolId: stays.pool.id, certificateId: stays.pool.certificateId },
          { poolId: pool.id, certificateId: pool.certificateId },
        ],
      ]);
      expect(pool.certificateId).not.toBe(renewed.pool.certificateId);
      await app.close();
    });
  });
}
