import type { InstallSecrets, SsoConfig } from './config.ts';
import type { DocumentReader } from './document.ts';
import { httpsUrl } from './formats.ts';
import type { Context } from './read-config.ts';
import { samlMetadataFault } from './saml-metadata.ts';

export interface Identity {
  readonly sso: SsoConfig | null;
  readonly adminUsername: string | null;
  readonly secrets: Omit<InstallSecrets, 'licenseToken' | 'gitCredentials'>;
}

const NAME_ID_FORMATS = ['TRANSIENT', 'EMAIL_ADDRESS', 'PERMANENT'] as const;

/** Who may sign in: people of an identity provider, an administrator with a password, or both; and the keys of Slack. */
export function readIdentity(read: DocumentReader, context: Context): Identity {
  const admin = read.block('admin');
  const adminUsername = admin.text('username');
  const adminPassword = admin.text('password');
  if (adminUsername !== null && adminPassword === null) admin.fault('password', 'is needed beside username');
  if (adminPassword !== null && adminUsername === null) admin.fault('username', 'is needed beside password');
  if (!read.isSet('sso_config') && adminUsername === null) read.fault('sso_config', 'is required unless admin.username is set');
  const sso = readSso(read.block('sso_config'), read.isSet('sso_config'));
  return {
    sso: sso.config,
    adminUsername,
    secrets: { adminPassword, oidcClientSecret: sso.clientSecret, slack: readSlack(read.block('slack_config'), context) },
  };
}

function readSso(read: DocumentReader, wanted: boolean): { readonly config: SsoConfig | null; readonly clientSecret: string | null } {
  const oidc = read.block('oidc_args');
  const saml = read.block('saml_args');
  const type = read.oneOf('sso_type', ['OIDC', 'SAML'], 'OIDC');
  const adminLogin = read.matching('admin_login', /^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'is not an e-mail address');
  const clientSecret = oidc.text('client_credentials');
  const clientId = oidc.text('client_id');
  const providerHost = httpsUrl(oidc, 'identity_provider_host');
  const dynamic = saml.bool('dynamic', false);
  const metadata = readMetadata(saml, dynamic);
  const nameIdFormat = saml.oneOf('name_id_format', NAME_ID_FORMATS, 'TRANSIENT');
  const updateOnInstall = read.bool('update_on_install', false);
  if (!wanted) return { config: null, clientSecret: null };

  for (const name of ['admin_login', 'sso_type']) if (!read.isSet(name)) read.fault(name, 'is required');
  const block = type === 'OIDC' ? oidc : saml;
  const required = type === 'OIDC' ? ['client_id', 'client_credentials', 'identity_provider_host'] : ['metadata'];
  for (const name of required) if (!block.isSet(name)) block.fault(name, `is required with sso_type ${type}`);
  return {
    clientSecret: type === 'OIDC' ? clientSecret : null,
    config: {
      adminLogin: adminLogin ?? '',
      type,
      updateOnInstall,
      oidc: type === 'OIDC' ? { clientId: clientId ?? '', providerHost: providerHost ?? '' } : null,
      saml: type === 'SAML' ? { dynamic, metadata: metadata ?? '', nameIdFormat } : null,
    },
  };
}

/** The provider's description itself, or, when it is read again and again, where it is found. */
function readMetadata(saml: DocumentReader, dynamic: boolean): string | null {
  if (dynamic) return httpsUrl(saml, 'metadata');
  const xml = saml.text('metadata');
  const fault = xml === null ? undefined : samlMetadataFault(xml);
  if (fault !== undefined) saml.fault('metadata', fault);
  return xml;
}

function readSlack(read: DocumentReader, { warnings }: Context): InstallSecrets['slack'] {
  const [clientId, clientSecret, signingSecret] = ['client_id', 'client_secret', 'signing_secret'].map((name) => read.text(name));
  if (!read.bool('enabled', false)) {
    if (clientId ?? clientSecret ?? signingSecret) warnings.push('slack_config: is not enabled, so its keys are not stored');
    return null;
  }
  for (const name of ['client_id', 'client_secret', 'signing_secret']) if (!read.isSet(name)) read.fault(name, 'is required when enabled');
  return { clientId: clientId ?? '', clientSecret: clientSecret ?? '', signingSecret: signingSecret ?? '' };
}
