import { describe, it } from 'node:test';
import { expect } from 'expect';
import type { Ports } from '../../lib/core/ports/ports.ts';
import { admission, admitted, onlyReads } from '../../lib/runtime/admission.ts';

const never = () => Promise.reject(new Error('not called'));
const portsThat = (told: string[]): Pick<Ports, 'objects' | 'broker' | 'certificates' | 'http'> => {
  const tells = (name: string) => async () => void told.push(name);
  return {
    objects: {
      put: tells('put'), delete: tells('delete'), get: async () => undefined,
      getRange: never, getStream: never, stat: never, list: never, presignGet: never, presignPut: never,
    },
    broker: { publish: tells('publish'), disconnect: tells('disconnect') },
    certificates: { issue: never, revoke: tells('revoke'), repair: tells('repair'), removeOrphans: async () => (await tells('removeOrphans')(), null) },
    http: { send: never, refusal: () => 'refused' },
  };
};

describe('a call of a function, while it asks whether the installation is on', () => {
  it('changes nothing before the answer, and reads meanwhile', async () => {
    const answer = Promise.withResolvers<boolean>();
    const admits = admission({ isOff: () => answer.promise });
    const told: string[] = [];
    const { objects, broker, certificates, http } = admitted(portsThat(told), admits);

    admits.begin();
    const acting = Promise.all([
      objects.put('states', 'a', Buffer.alloc(0)), objects.delete('states', 'a'), broker.publish({ poolId: 'p' }, {} as never), broker.disconnect('p'),
      certificates.revoke('p', 'c'), certificates.repair([]), certificates.removeOrphans([], null),
    ]);
    expect(await objects.get('states', 'a')).toBeUndefined();
    expect(http.refusal('https://example.com')).toBe('refused');
    expect(told).toEqual([]);
    answer.resolve(false);
    await acting;

    expect(told.toSorted()).toEqual(['delete', 'disconnect', 'publish', 'put', 'removeOrphans', 'repair', 'revoke']);
  });

  it('is refused when the installation is off, as something to be tried again', async () => {
    const admits = admission({ isOff: async () => true });
    const told: string[] = [];
    admits.begin();

    await expect(admitted(portsThat(told), admits).broker.publish({ poolId: 'p' }, {} as never)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(admits.passed()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(told).toEqual([]);
  });

  it('begins before the answer only where the last one was that it is on', async () => {
    let off = false;
    const admits = admission({ isOff: async () => off });
    expect(admits.expectsOn).toBe(false);
    for (const [state, expects] of [[false, true], [true, false], [false, true]] as const) {
      off = state;
      admits.begin();
      await admits.passed().catch(() => undefined);
      expect([state, admits.expectsOn]).toEqual([state, expects]);
    }
  });

  it('takes for reading what changes and locks nothing', () => {
    const reads = ['select * from "stacks" where "updated_at" > 1', ' with a as (select 1) select * from a'];
    const others = [
      'insert into a values (1)', 'with a as (delete from b returning id) select * from a', 'select * from a for update', 'update a set b = 1',
      'lock table a', 'merge into a using b on true when matched then do nothing',
    ];
    expect([reads.filter(onlyReads), others.filter(onlyReads)]).toEqual([reads, []]);
  });
});
