import type { Ports } from '../../ports/ports.ts';
import type { SealedSecrets, Webhook } from '../webhook.ts';

type Part = keyof SealedSecrets;

const contextOf = (webhook: Pick<Webhook, 'ulid'>, part: Part) => ({ table: 'webhooks', id: webhook.ulid, part });

/** A secret, or the headers as JSON, bound to the webhook; nothing stays nothing. */
export async function sealPart(ports: Pick<Ports, 'cipher'>, webhook: Pick<Webhook, 'ulid'>, part: Part, value: string | null): Promise<string | null> {
  return value === null || value === '' ? null : ports.cipher.encrypt(Buffer.from(value, 'utf8'), contextOf(webhook, part));
}

async function openPart(ports: Pick<Ports, 'cipher'>, webhook: Pick<Webhook, 'ulid'>, part: Part, sealed: string | null): Promise<string | null> {
  return sealed === null ? null : (await ports.cipher.decrypt(sealed, contextOf(webhook, part))).toString('utf8');
}

export const openSecret = (ports: Pick<Ports, 'cipher'>, webhook: Pick<Webhook, 'ulid'>, { secret }: SealedSecrets): Promise<string | null> => openPart(ports, webhook, 'secret', secret);

/** The configured headers with their values. */
export async function openHeaders(ports: Pick<Ports, 'cipher'>, webhook: Pick<Webhook, 'ulid'>, { headers }: SealedSecrets): Promise<Readonly<Record<string, string>>> {
  const text = await openPart(ports, webhook, 'headers', headers);
  return text === null ? {} : (JSON.parse(text) as Record<string, string>);
}

/** Sealed headers with their names, which everybody may see; a ciphertext fits into its row because headers are few. */
export async function sealHeaders(ports: Pick<Ports, 'cipher'>, webhook: Pick<Webhook, 'ulid'>, headers: Readonly<Record<string, string>>): Promise<{ readonly headers: string | null; readonly headerNames: readonly string[] }> {
  const headerNames = Object.keys(headers).sort();
  return { headers: headerNames.length === 0 ? null : await sealPart(ports, webhook, 'headers', JSON.stringify(headers)), headerNames };
}
