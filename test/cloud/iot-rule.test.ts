import { describe, it } from 'node:test';
import { expect } from 'expect';
import { parseIotRule } from '../support/cloud/iot-rule.ts';

const OURS = "SELECT *, Timestamp() as timestamp, topic(3) as worker_pool_ulid, topic(4) as worker_ulid FROM 'w/writeonly/#'";
const at = new Date('2026-03-01T10:00:00Z');
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('the SQL of a topic rule', () => {
  it('adds the time and parts of the topic to what was published', () => {
    const made = parseIotRule(OURS).evaluate({ topic: 'w/writeonly/POOL/WORKER', payload: json({ type: 'worker.heartbeat', v: 1 }), at });
    expect(made).toEqual({ type: 'worker.heartbeat', v: 1, timestamp: at.getTime(), worker_pool_ulid: 'POOL', worker_ulid: 'WORKER' });
  });

  it('puts the parts of the topic in place of what the payload claims', () => {
    const made = parseIotRule(OURS).evaluate({ topic: 'w/writeonly/POOL/WORKER', payload: json({ worker_pool_ulid: 'ANOTHER', worker_ulid: 'ANOTHER' }), at });
    expect(made).toMatchObject({ worker_pool_ulid: 'POOL', worker_ulid: 'WORKER' });
  });

  it('passes by other topics, and fails for a payload that is no object', () => {
    const rule = parseIotRule(OURS);
    expect(rule.evaluate({ topic: 'w/readonly/POOL', payload: json({}), at })).toBeUndefined();
    expect(rule.evaluate({ topic: 'v/writeonly/POOL', payload: json({}), at })).toBeUndefined();
    expect(() => rule.evaluate({ topic: 'w/writeonly/POOL/W', payload: Buffer.from('hello'), at })).toThrow();
  });

  it('is refused when it says what is not evaluated here', () => {
    for (const sql of ["SELECT state FROM 'a'", "SELECT * FROM 'a' WHERE x = 1", "SELECT clientid() as id FROM 'a'", 'SELECT *'])
      expect(() => parseIotRule(sql)).toThrow('not evaluated here');
  });
});
