import type { Ports } from '../../core/ports/ports.ts';
import { jsonResponse, route, type Route } from './router.ts';

/** The public keys that verify our tokens, for whoever is to trust them. */
export function wellKnownRoutes(ports: Pick<Ports, 'signer'>): readonly Route[] {
  const jwks = async () => jsonResponse(200, await ports.signer.publicKeys(), { 'cache-control': 'public, max-age=300' });
  return [route('GET', '/.well-known/jwks', jwks), route('GET', '/.well-known/jwks.json', jwks)];
}
