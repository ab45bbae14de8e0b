import { createHmac } from 'node:crypto';
import { invalid } from '../shared/errors.ts';

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const FORBIDDEN = /^(?:host|content-length|transfer-encoding|connection|x-signature.*)$/i;
const MAX_VALUE = 8 * 1024;
const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Why a header cannot be sent, if so. */
export function headerFault(name: string, value: string): string | undefined {
  if (!NAME.test(name)) return `"${name.slice(0, 80)}" cannot be the name of a header`;
  if (FORBIDDEN.test(name)) return `the header ${name} is set by the platform`;
  if (value.length > MAX_VALUE) return `the value of the header ${name} has over 8 KiB`;
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value) ? undefined : `the value of the header ${name} holds characters that a header cannot`;
}

/** Headers as a client set them: with lower-case names, each once. */
export function checkedHeaders(entries: readonly { readonly key: string; readonly value: string }[]): Readonly<Record<string, string>> {
  for (const { key, value } of entries) {
    const fault = headerFault(key, value);
    if (fault !== undefined) throw invalid(fault, { field: 'headers' });
  }
  return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
}

/** Headers as a policy wants them, without those that it may not set. */
export const policyHeaders = (wanted: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(wanted).filter(([name, value]) => headerFault(name, value) === undefined));

/** The method in upper case, or undefined when it is none that a webhook sends. */
export function knownMethod(method: string): string | undefined {
  const upper = method.toUpperCase();
  return METHODS.has(upper) ? upper : undefined;
}

/** Later parts win, whatever the case of the names. */
export function mergedHeaders(...parts: readonly Readonly<Record<string, string>>[]): Readonly<Record<string, string>> {
  const merged = new Map<string, readonly [string, string]>();
  for (const part of parts) for (const [name, value] of Object.entries(part)) merged.set(name.toLowerCase(), [name, value]);
  return Object.fromEntries(merged.values());
}

/** What receivers check a body by; nothing without a secret. */
export function signatures(secret: string | null, body: string): Readonly<Record<string, string>> {
  if (secret === null || secret === '') return {};
  const mac = (hash: 'sha1' | 'sha256') => `${hash}=${createHmac(hash, secret).update(body, 'utf8').digest('hex')}`;
  return { 'X-Signature': mac('sha1'), 'X-Signature-256': mac('sha256') };
}

const CREDENTIAL = /^(?:authorization|proxy-authorization|cookie|.*(?:token|secret|password|api-?key).*)$/i;

/** Headers as people may see them. */
export const redactedHeaders = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, CREDENTIAL.test(name) ? '(redacted)' : value]));
