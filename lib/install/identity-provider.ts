import { askOperations } from './aws/operations.ts';
import { placeOf, readSecret, writeSecret } from './aws/secret-values.ts';
import type { AwsClients } from './aws/clients.ts';
import type { InstallConfig, InstallSecrets, SsoConfig } from './config.ts';
import type { CommandContext } from './context.ts';
import { secretName } from './names.ts';
import { CommandFault } from './outcome.ts';
import { samlMetadataFault } from './saml-metadata.ts';

const TIMEOUT_MS = 10_000;

interface Step {
  readonly context: Pick<CommandContext, 'fetch' | 'say'>;
  readonly aws: AwsClients;
  readonly config: InstallConfig;
  readonly secrets: InstallSecrets;
}

export type ProviderOutcome = 'none' | 'stored' | 'unchanged';

/** Stores the provider at the first installation, and later only when the file says so: people sign in by the stored one. */
export async function settleProvider(step: Step): Promise<ProviderOutcome> {
  const { aws, config, context } = step;
  if (config.sso === null) return 'none';
  // The database is the other region's to write as well.
  if ((await placeOf(aws, secretName(config.prefix, 'sso')))?.copyOf != null) return 'unchanged';
  if (config.sso.updateOnInstall || (await readSecret(aws, secretName(config.prefix, 'sso'))) === undefined) return storeProvider(step);
  // An installation that was interrupted may have written the secret and nothing else.
  const { identityProvider } = await askOperations(aws, config.prefix, { do: 'store-identity-provider', replace: false });
  const outcome = identityProvider === 'stored' ? 'stored' : 'unchanged';
  context.say(`identity provider ${outcome}`);
  return outcome;
}

/** Stores the provider of the file, in the secret and from there where sign-ins read it; one that cannot be used is not stored. */
export async function storeProvider({ aws, config, secrets, context }: Step): Promise<ProviderOutcome> {
  if (config.sso === null) throw new CommandFault('configuration', 'sso_config: is required to change the identity provider');
  const id = secretName(config.prefix, 'sso');
  const keeper = (await placeOf(aws, id))?.copyOf ?? null;
  if (keeper !== null) throw new CommandFault('preCheck', `the secret ${id} is a copy of the one in ${keeper}, which serves: change it there`);
  const fault = await providerFault(config.sso, context.fetch);
  if (fault !== undefined) throw new CommandFault('preCheck', `${fault}; the identity provider was not stored`);
  const { adminLogin, type, oidc, saml } = config.sso;
  const provider = oidc === null ? saml : { clientId: oidc.clientId, clientSecret: secrets.oidcClientSecret, identityProviderHost: oidc.providerHost };
  await writeSecret(aws, id, JSON.stringify({ type, adminLogin, ...provider }));
  await askOperations(aws, config.prefix, { do: 'store-identity-provider', replace: true });
  context.say('identity provider stored');
  return 'stored';
}

/** Why nobody could sign in by a provider; undefined when its description can be read. */
async function providerFault({ oidc, saml }: SsoConfig, fetch: CommandContext['fetch']): Promise<string | undefined> {
  if (oidc !== null) return discoveryFault(oidc.providerHost, fetch);
  if (saml === null || !saml.dynamic) return saml === null ? 'sso_config: names no provider' : samlFault(saml.metadata);
  const answer = await read(saml.metadata, fetch);
  return answer === undefined ? 'sso_config.saml_args.metadata: the description cannot be read there' : samlFault(answer);
}

function samlFault(xml: string): string | undefined {
  const fault = samlMetadataFault(xml);
  return fault === undefined ? undefined : `sso_config.saml_args.metadata: the description ${fault}`;
}

async function discoveryFault(host: string, fetch: CommandContext['fetch']): Promise<string | undefined> {
  const key = 'sso_config.oidc_args.identity_provider_host';
  const text = await read(`${host.replace(/\/$/, '')}/.well-known/openid-configuration`, fetch);
  let document: { readonly issuer?: unknown; readonly authorization_endpoint?: unknown; readonly scopes_supported?: unknown };
  try {
    document = JSON.parse(text ?? '') as typeof document;
  } catch {
    return `${key}: discovery failed`;
  }
  if (typeof document.issuer !== 'string' || typeof document.authorization_endpoint !== 'string') return `${key}: discovery answered something else than a provider's description`;
  if (!Array.isArray(document.scopes_supported) || !document.scopes_supported.includes('email')) return `${key}: the provider does not offer the scope email`;
  return undefined;
}

async function read(url: string, fetch: CommandContext['fetch']): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return answer.ok ? await answer.text() : undefined;
  } catch {
    return undefined;
  }
}
