import type { Ports } from '../../core/ports/ports.ts';
import { jsonResponse, route, type Route } from './router.ts';

const CLAIMS = ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'spaceId', 'callerType', 'callerId', 'runType', 'runId', 'scope'];

/** The public keys that verify our tokens, and what OpenID Connect discovery tells of their issuer, for whoever is to trust them. */
export function wellKnownRoutes(ports: Pick<Ports, 'signer' | 'settings'>): readonly Route[] {
  const { baseUrl } = ports.settings;
  const configuration = jsonResponse(
    200,
    {
      issuer: baseUrl,
      jwks_uri: `${baseUrl}/.well-known/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public', 'pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid'],
      claims_supported: CLAIMS,
    },
    { 'cache-control': 'public, max-age=300' },
  );
  const jwks = async () => jsonResponse(200, await ports.signer.publicKeys(), { 'cache-control': 'public, max-age=300' });
  return [route('GET', '/.well-known/openid-configuration', async () => configuration), route('GET', '/.well-known/jwks', jwks), route('GET', '/.well-known/jwks.json', jwks)];
}
