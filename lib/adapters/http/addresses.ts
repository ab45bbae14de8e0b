import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type Range = readonly [Address, number];

/** What the operator admits beside the public internet. */
export interface Admitted {
  readonly ranges: readonly Range[];
  /** Lower-case host names. */
  readonly hosts: readonly string[];
}

export const NOTHING_ADMITTED: Admitted = { ranges: [], hosts: [] };

const METADATA = [ipaddr.parse('169.254.169.254'), ipaddr.parse('169.254.170.2'), ipaddr.parse('169.254.170.23'), ipaddr.parse('fd00:ec2::254'), ipaddr.parse('fd00:ec2::23'), ipaddr.parse('100.100.100.200')].map(String);
const METADATA_NAMES: ReadonlySet<string> = new Set(['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data', 'instance-data.ec2.internal']);

/** A range such as `10.0.0.0/8`, or one address; undefined for what is neither. */
export function readRange(text: string): Range | undefined {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  if (!ipaddr.isValid(text) || (!text.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(text))) return undefined;
  const address = ipaddr.parse(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** The IPv4 address that some IPv6 addresses stand for: mapped, compatible, NAT64, 6to4. */
function embedded(address: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  const bytes = address.toByteArray();
  const range = address.range();
  if (range === 'rfc6052' || range === 'rfc6145' || bytes.slice(0, 12).every((byte) => byte === 0)) return new ipaddr.IPv4(bytes.slice(12));
  return range === '6to4' ? new ipaddr.IPv4(bytes.slice(2, 6)) : undefined;
}

const isWithin = (address: Address, [range, bits]: Range): boolean => address.kind() === range.kind() && address.match(range, bits);

/** Whether anything may be sent to the address. Metadata of the machine never, whatever is admitted. */
export function isOpen(text: string, admitted: Admitted, byName = false): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  const inner = address.kind() === 'ipv6' ? embedded(address as ipaddr.IPv6) : undefined;
  if (METADATA.includes(address.toString()) || (inner !== undefined && METADATA.includes(inner.toString()))) return false;
  if (byName || admitted.ranges.some((range) => isWithin(inner ?? address, range) || isWithin(address, range))) return true;
  return address.range() === 'unicast' && inner === undefined;
}

/** The operator named the host, or the address that the URL holds. */
export const isAdmitted = (host: string, admitted: Admitted): boolean =>
  admitted.hosts.includes(host) || (ipaddr.isValid(host) && admitted.ranges.some((range) => isWithin(ipaddr.parse(host), range)));

/** Why a URL is refused before its name is resolved. The parser of URLs has written decimal, octal and short forms of addresses out. */
export function refusalOf(text: string, admitted: Admitted): string | undefined {
  if (!URL.canParse(text)) return 'it is not a URL such as https://hooks.example.com/runs';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'it must begin with https://';
  if (url.username !== '' || url.password !== '') return 'it must not hold a user name or password: send them in a header';
  const host = hostOf(url);
  if (METADATA_NAMES.has(host)) return 'it is the metadata service of the machine';
  if (ipaddr.isValid(host) && !isOpen(host, admitted, admitted.hosts.includes(host))) return 'its address is not a public one';
  if ((host === 'localhost' || host.endsWith('.localhost')) && !admitted.hosts.includes(host) && !admitted.ranges.some((range) => isWithin(ipaddr.parse('127.0.0.1'), range))) return 'its address is not a public one';
  return undefined;
}

/** The host of a URL without brackets and final dot. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '').toLowerCase();
