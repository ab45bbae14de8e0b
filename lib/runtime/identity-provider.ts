import * as z from 'zod/mini';
import { invalid } from '../core/shared/errors.ts';

const TIMEOUT_MS = 10_000;
const MAX_METADATA_BYTES = 256 * 1024;

/** What the secret of the installation says about who signs people in. */
export const ProviderSettings = z.discriminatedUnion('type', [
  z.object({ type: z.literal('OIDC'), adminLogin: z.string(), clientId: z.string(), clientSecret: z.string(), identityProviderHost: z.url() }),
  z.object({ type: z.literal('SAML'), adminLogin: z.string(), dynamic: z.boolean(), metadata: z.string(), nameIdFormat: z.enum(['TRANSIENT', 'EMAIL_ADDRESS', 'PERMANENT']) }),
]);
export type ProviderSettings = z.infer<typeof ProviderSettings>;

const Discovery = z.object({ issuer: z.string(), authorization_endpoint: z.string(), token_endpoint: z.string(), jwks_uri: z.string(), scopes_supported: z.optional(z.array(z.string())) });

/** Asks the provider what it is, the way signing in will: INVALID with what is wrong. */
export async function checkProvider(settings: ProviderSettings): Promise<void> {
  if (settings.type === 'OIDC') return checkDiscovery(settings.identityProviderHost);
  const metadata = settings.dynamic ? await fetched(settings.metadata) : settings.metadata;
  if (Buffer.byteLength(metadata) > MAX_METADATA_BYTES) throw invalid('the metadata of the identity provider are larger than 256 KiB');
  if (!/<(?:[\w.-]+:)?EntityDescriptor\b/.test(metadata) || !/<(?:[\w.-]+:)?X509Certificate\b/.test(metadata)) throw invalid('the metadata of the identity provider hold no EntityDescriptor with a signing certificate');
}

async function checkDiscovery(host: string): Promise<void> {
  const url = `${host.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const found = Discovery.safeParse(parsed(await fetched(url)));
  if (!found.success) throw invalid(`the identity provider's ${url} is no OpenID discovery document`);
  if (!(found.data.scopes_supported ?? ['email']).includes('email')) throw invalid('the identity provider does not offer the scope email');
}

async function fetched(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.ok) return await response.text();
    throw new Error(`answered ${response.status}`);
  } catch (cause) {
    throw invalid(`the identity provider does not answer at ${url}`, {}, { cause });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
