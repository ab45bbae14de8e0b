import { readRange, type Admitted, type Range } from '../adapters/http/addresses.ts';
import type { EnvironmentReader } from './environment.ts';

const listed = (text: string | undefined): readonly string[] => (text ?? '').split(/[\s,]+/).filter((part) => part !== '');

/** Where the server may send beside the public internet, by the operator's choice. */
export function readOutbound(read: EnvironmentReader): Admitted {
  const ranges: Range[] = [];
  for (const text of listed(read.text('OUTBOUND_ALLOWED_CIDRS'))) {
    const range = readRange(text);
    if (range === undefined) read.fault('OUTBOUND_ALLOWED_CIDRS', `${JSON.stringify(text)} is not a range such as 10.0.0.0/8`);
    else ranges.push(range);
  }
  const hosts = listed(read.text('OUTBOUND_ALLOWED_HOSTS')).map((host) => host.toLowerCase());
  for (const host of hosts) if (!/^[a-z0-9.-]+$/.test(host)) read.fault('OUTBOUND_ALLOWED_HOSTS', `${JSON.stringify(host)} is not a host name (no scheme, no port, no *)`);
  return { ranges, hosts };
}
