import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Partition } from './config.ts';
import type { DocumentReader } from './document.ts';

const LABEL = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const HOST_NAME = new RegExp(`^(?=.{1,253}$)${LABEL}(\\.${LABEL})+$`);
export const REGION = /^(us(-gov)?|ca|eu|ap|sa|me|af|il|mx|cn)-[a-z]+-\d$/;

export function partitionOf(region: string): Partition | null {
  if (region.startsWith('cn-')) return null;
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** A whole host name: no scheme, no slash, no port. */
export function hostName(read: DocumentReader, name: string): string | null {
  return read.matching(name, HOST_NAME, 'is not a host name such as windlass.example.com (no scheme, no slash)');
}

/** Host names, of which single words are some within a network. */
export function hostNames(read: DocumentReader, name: string): readonly string[] {
  const list = read.texts(name);
  for (const host of list) if (!new RegExp(`^${LABEL}(\\.${LABEL})*$`).test(host)) read.fault(
    name,
    `${JSON.stringify(host)} is not a host name such as hooks.internal (no scheme, no port, no *)`,
  );
  return list;
}

export function httpsUrl(read: DocumentReader, name: string): string | null {
  const text = read.text(name);
  if (text === null) return null;
  if (URL.canParse(text) && new URL(text).protocol === 'https:' && new URL(text).username === '') return text;
  read.fault(name, 'is not an https:// URL');
  return null;
}

export interface ArnRule {
  readonly partition: Partition;
  readonly service: string;
  /** The region it must be in; undefined admits every region, null is for services without regions. */
  readonly region?: string | null;
  /** What follows the account, as a pattern. */
  readonly resource: RegExp;
  readonly like: string;
}

/** An ARN of one service, in the partition and, where the service has regions, in the region that are asked for. */
export function arn(read: DocumentReader, name: string, rule: ArnRule): string | null {
  const text = read.text(name);
  if (text === null) return null;
  const [prefix, partition, service, region, account, ...rest] = text.split(':');
  const resource = rest.join(':');
  const shaped = prefix === 'arn' && service === rule.service && (service === 's3' || /^\d{12}$/.test(account ?? '')) && rule.resource.test(resource);
  if (!shaped) return faulty(read, name, `is not an ARN like ${rule.like}`);
  if (partition !== rule.partition) return faulty(read, name, `is in the partition ${partition ?? ''}, but aws_region is in ${rule.partition}`);
  if (typeof rule.region === 'string' && region !== rule.region) return faulty(
    read,
    name,
    `is in the region ${region === '' ? '(none)' : region ?? ''}, but has to be in ${rule.region}`,
  );
  return text;
}

function faulty(read: DocumentReader, name: string, reason: string): null {
  read.fault(name, reason);
  return null;
}

/** Blocks of addresses such as 10.0.0.0/8; one that admits everybody is a mistake, instead of which `instead` says what to do. */
export function cidrs(read: DocumentReader, name: string, instead = 'leave the key out for that'): readonly string[] {
  const list = read.texts(name);
  for (const text of list) {
    const [address = '', bits = '', more] = text.split('/');
    const family = isIP(address);
    const most = family === 4 ? 32 : 128;
    if (family === 0 || more !== undefined || !/^\d{1,3}$/.test(bits) || Number(bits) > most) read.fault(
      name,
      `${JSON.stringify(text)} is not a block of addresses such as 10.0.0.0/8`,
    );
    else if (Number(bits) === 0) read.fault(name, `${text} admits every address; ${instead}`);
  }
  return list;
}

/** PEM certificates, each given as base64 of the PEM text. */
export function certificates(read: DocumentReader, name: string): readonly string[] {
  return read.texts(name).flatMap((text, index) => {
    const pem = text.includes('-----BEGIN') ? text : Buffer.from(text, 'base64').toString('utf8');
    const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
    if (blocks.length > 0 && blocks.every(isCertificate)) return blocks;
    read.fault(name, `entry ${index + 1} is not base64 of a PEM certificate`);
    return [];
  });
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

/** An address of a proxy. It must not carry a password: environments of functions are no place for one. */
export function proxyUrl(read: DocumentReader, name: string): string | null {
  const text = read.text(name);
  if (text === null) return null;
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return faulty(read, name, 'must carry a scheme, as in http://proxy.example.com:3128');
  if (new URL(text).username !== '' || new URL(text).password !== '') return faulty(
    read,
    name,
    'must not hold a user or a password: it would be readable in the environment of every function',
  );
  return text;
}
