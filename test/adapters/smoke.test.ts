import { it } from 'node:test';
import { expect } from 'expect';
import * as z from 'zod/mini';
import { defineMessage } from '../../lib/core/shared/messages.ts';
import { testApp } from '../support/app.ts';
import { ENGINES } from '../support/database.ts';

const nudge = defineMessage({ name: 'nudge', queue: 'asyncFifo', schema: z.object({ id: z.string() }), orderedBy: (b: { id: string }) => b.id, onceBy: (b: { id: string }) => b.id });
for (const engine of ENGINES) {
  it(`works on ${engine}`, async () => {
    const app = await testApp({ engine, dispatch: async () => {} });
    await app.ports.db.transaction(async (tx) => {
      await app.ports.queue.enqueue(tx.sql, nudge, { id: 'a' });
      await app.ports.queue.enqueue(tx.sql, nudge, { id: 'a' });
    });
    expect(await app.queued()).toHaveLength(1);
    expect(await app.drain()).toHaveLength(1);
    await app.ports.objects.put('states', 'a/b', Buffer.from('hello'));
    expect((await app.ports.objects.get('states', 'a/b'))?.toString()).toBe('hello');
    const { token } = await app.ports.signer.sign({ sub: 'x', aud: 'y' }, 60);
    expect(await app.ports.signer.verify(token, 'y')).toMatchObject({ sub: 'x' });
    await app.close();
  });
}
