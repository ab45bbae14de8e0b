import { describe, it } from 'node:test';
import { expect } from 'expect';
import { isOpen } from '../../lib/adapters/http/addresses.ts';
import { EnvironmentReader } from '../../lib/runtime/environment.ts';
import { readOutbound } from '../../lib/runtime/outbound.ts';

function read(environment: Readonly<Record<string, string>>) {
  const reader = new EnvironmentReader(environment);
  return { admitted: readOutbound(reader), faults: reader.faults };
}

describe('where the server may send', () => {
  it('is the public internet alone unless the operator admits more', () => {
    expect(read({})).toEqual({ admitted: { ranges: [], hosts: [] }, faults: [] });
    const { admitted, faults } = read({ OUTBOUND_ALLOWED_CIDRS: '10.20.0.0/16, fd00:20::/32 192.168.1.7', OUTBOUND_ALLOWED_HOSTS: 'Hooks.internal' });
    expect(faults).toEqual([]);
    expect(['10.20.3.4', '10.21.0.1', 'fd00:20::1', '192.168.1.7', '192.168.1.8'].map((address) => isOpen(address, admitted))).toEqual([true, false, true, true, false]);
    expect(admitted.hosts).toEqual(['hooks.internal']);
  });

  it('is said in words where it cannot be understood', () => {
    expect(read({ OUTBOUND_ALLOWED_CIDRS: '10.0.0.0/40', OUTBOUND_ALLOWED_HOSTS: 'https://hooks' }).faults).toEqual([
      'OUTBOUND_ALLOWED_CIDRS: "10.0.0.0/40" is not a range such as 10.0.0.0/8', 'OUTBOUND_ALLOWED_HOSTS: "https://hooks" is not a host name (no scheme, no port, no *)',
    ]);
  });
});
