import { after, describe, it } from 'node:test';
import { expect } from 'expect';
import { opaPolicyEngine } from '../../lib/adapters/policy/opa-policy-engine.ts';
import { policyEngineContract } from '../contracts/policy-engine.ts';
import { engineCommand, skip } from './engine.ts';

describe('Open Policy Agent as the policy engine', { skip }, () => {
  const engine = opaPolicyEngine({ command: engineCommand, memoryMib: 512, maxInputMib: 64 });
  after(() => engine.close());

  policyEngineContract(() => engine);
});

describe('a machine without the policy engine', () => {
  const engine = opaPolicyEngine({ command: undefined, memoryMib: 512, maxInputMib: 64 });
  const body = { version: 'v1', source: 'package spacelift' } as const;
  const error = { kind: 'internal', message: expect.stringContaining('npm run build:engine') };

  it('refuses to save and decides nothing', async () => {
    expect(await engine.check('PLAN', body)).toEqual({ errors: [error], warnings: [] });
    expect(await engine.evaluate('PLAN', [body, body], ['{}'], { deadlineMs: 100 })).toMatchObject([[{ error }], [{ error }]]);
    expect(await engine.version()).toBeUndefined();
  });
});
