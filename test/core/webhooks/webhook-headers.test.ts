import { describe, it } from 'node:test';
import { expect } from 'expect';
import { nextTry } from '../../../lib/core/webhooks/retries.ts';
import { checkedHeaders, knownMethod, mergedHeaders, policyHeaders, redactedHeaders, signatures } from '../../../lib/core/webhooks/webhook-headers.ts';

describe('signatures', () => {
  it('are HMACs of the raw body', () => {
    expect(signatures('s3cr3t', '{"a":1}')).toEqual({
      'X-Signature': 'sha1=9649526da846c63fae8f3f64fd170080174a9a78',
      'X-Signature-256': 'sha256=d42927434049e0b8c73ce887062238cc1c6bb6644bfe66e66d8dd0f30b85679e',
    });
  });

  it('are not sent without a secret', () => {
    expect(signatures(null, '{}')).toEqual({});
    expect(signatures('', '{}')).toEqual({});
  });
});

describe('headers', () => {
  it('that the platform sets, or that none can be, are refused', () => {
    for (const key of ['Host', 'content-length', 'X-Signature', 'x-signature-256', 'x-signature-mine', 'Connection', 'transfer-encoding', 'a b', '', 'x:y']) expect(() => checkedHeaders([{ key, value: '1' }])).toThrow(/header/);
    expect(() => checkedHeaders([{ key: 'x-a', value: 'a\r\nx-b: c' }])).toThrow(/characters/);
    expect(() => checkedHeaders([{ key: 'x-a', value: 'a'.repeat(9_000) }])).toThrow(/8 KiB/);
    expect(checkedHeaders([{ key: 'X-A', value: 'ä' }])).toEqual({ 'X-A': 'ä' });
  });

  it('of a policy leave out what it may not set', () => {
    expect(policyHeaders({ 'x-stack': 'a', 'X-Signature-256': 'forged', host: 'elsewhere', 'x-bad': 'a\nb' })).toEqual({ 'x-stack': 'a' });
  });

  it('replace each other whatever their case', () => {
    expect(mergedHeaders({ 'Content-Type': 'a', 'X-B': '1' }, { 'content-type': 'b' })).toEqual({ 'content-type': 'b', 'X-B': '1' });
  });

  it('that hold credentials are not shown', () => {
    expect(redactedHeaders({ Authorization: 'Bearer 1', 'x-api-key': '2', 'x-stack': '3' })).toEqual({ Authorization: '(redacted)', 'x-api-key': '(redacted)', 'x-stack': '3' });
  });

  it('go with a known method', () => {
    expect([knownMethod('put'), knownMethod('POST'), knownMethod('TRACE'), knownMethod('CONNECT')]).toEqual(['PUT', 'POST', undefined, undefined]);
  });
});

describe('the next try of a delivery', () => {
  const at = new Date('2026-01-01T00:00:00Z');
  const after = (hours: number) => new Date(at.getTime() + hours * 3_600_000);
  const wait = (tries: number, result: Parameters<typeof nextTry>[2], webhook: Parameters<typeof nextTry>[0] = { kind: 'NAMED', retryOnFailure: true }, now = at, chance = 0.5) =>
    nextTry(webhook, { tries, createdAt: at }, result, now, chance);

  it('comes after 5, 30 and 120 seconds, a fifth sooner or later, and then no more', () => {
    expect([0, 1, 2, 3].map((tries) => wait(tries, { status: 503 }))).toEqual([5, 30, 120, undefined]);
    expect([wait(2, { status: 500 }, undefined, at, 0), wait(2, { status: 500 }, undefined, at, 1)]).toEqual([96, 144]);
  });

  it('comes where it may help: 5xx, 429 and no answer', () => {
    expect([wait(0, { status: 429 }), wait(0, { fault: 'network' })]).toEqual([5, 5]);
    for (const result of [{ status: 400 }, { status: 404 }, { status: 302 }, { fault: 'refused' as const }]) expect(wait(0, result)).toBeUndefined();
  });

  it('comes only where it is asked for', () => {
    expect(wait(0, { status: 503 }, { kind: 'NAMED', retryOnFailure: false })).toBeUndefined();
  });

  it('of the audit trail comes for a day, whatever the answer and the setting', () => {
    const audit = { kind: 'AUDIT', retryOnFailure: false } as const;
    expect([0, 3, 50].map((tries) => wait(tries, { status: 400 }, audit, after(23)))).toEqual([5, 750, 750]);
    expect(wait(50, { status: 400 }, audit, after(24))).toBeUndefined();
  });
});
