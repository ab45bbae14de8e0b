import { describe, it } from 'node:test';
import { expect } from 'expect';
import type { RunApi } from '../../lib/launcher/run-api.ts';
import { stateCalls } from '../../lib/launcher/state-calls.ts';

describe('a call about the state', () => {
  it('waits until the platform knows which state the run is in, for another state may be refused it', async () => {
    const order: string[] = [];
    let agree: () => void = () => undefined;
    const agreed = new Promise<void>((resolve) => (agree = resolve));
    const call = async () => {
      order.push('asked for the state');
      return { status: 204, body: undefined };
    };

    const asked = stateCalls({ call } as unknown as RunApi, 'default', () => agreed).get();
    await new Promise((resolve) => setImmediate(resolve));
    order.push('agreed');
    agree();

    expect(await asked).toBeUndefined();
    expect(order).toEqual(['agreed', 'asked for the state']);
  });
});
