import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { expect } from 'expect';
import { auditedArguments } from '../../../lib/core/shared/call-arguments.ts';

const sha = (text: string) => createHash('sha256').update(text).digest('hex');

describe('arguments in the audit trail', () => {
  it('keep what was asked for, under names that begin with a capital', () => {
    expect(auditedArguments({ id: 'net', input: { name: 'Net', labels: ['a'], nested: [{ stack: 'b' }], none: null, left: undefined } })).toEqual({
      ID: 'net', Input: { Name: 'Net', Labels: ['a'], Nested: [{ Stack: 'b' }], None: null },
    });
  });

  it('hold the hash in place of a secret, wherever it stands', () => {
    const kept = auditedArguments({
      input: { secret: 'canary-1', webhookSecret: 'canary-2', privateKey: 'canary-3', password: 'canary-4', entries: [{ key: 'X-Token', value: 'canary-5' }], config: { id: 'A', value: 'canary-6', writeOnly: true }, apiToken: 'canary-7' },
    });
    expect(JSON.stringify(kept)).not.toContain('canary');
    expect(kept).toMatchObject({ Input: { SecretSHA: sha('canary-1'), WebhookSecretSHA: sha('canary-2'), Entries: [{ Key: 'X-Token', ValueSHA: sha('canary-5') }], Config: { ID: 'A', ValueSHA: sha('canary-6'), WriteOnly: true } } });
  });

  it('are cut where they are long, and left out where they are many', () => {
    const body = 'x'.repeat(5_000);
    expect(auditedArguments({ body })).toEqual({ Body: `${'x'.repeat(1_000)}… (5000 characters, SHA-256 ${sha(body)})` });
    const many = auditedArguments({ list: Array.from({ length: 100 }, () => 'y'.repeat(900)) });
    expect(many).toMatchObject({ Omitted: expect.any(String), SHA: expect.stringMatching(/^[0-9a-f]{64}$/) });
    let deep: object = {};
    for (let n = 0; n < 50; n++) deep = { deep };
    expect(JSON.stringify(auditedArguments({ deep })).length).toBeLessThan(200);
  });
});
