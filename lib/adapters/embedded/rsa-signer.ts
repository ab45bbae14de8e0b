import { exportJWK, jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../../core/ports/clock.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { Signer, VerifiedClaims } from '../../core/ports/signer.ts';
import type { InstallationKey } from './rsa-keys.ts';

const ALGORITHM = 'RS256';
/** A session's token comes with each of its calls. */
const MAX_REMEMBERED = 1000;

export function rsaSigner(options: { readonly key: InstallationKey; readonly issuer: string; readonly clock: Clock; readonly ids: Ids }): Signer {
  const { key, issuer, clock, ids } = options;
  /** Claims of tokens whose signature was good: it stays good, only time and audience are judged anew. */
  const verified = new Map<string, VerifiedClaims>();

  function remember(token: string, claims: VerifiedClaims): VerifiedClaims {
    const [oldest] = verified.keys();
    if (verified.size >= MAX_REMEMBERED && oldest !== undefined) verified.delete(oldest);
    verified.set(token, claims);
    return claims;
  }

  return {
    async sign(claims, ttlSeconds) {
      const issuedAt = Math.floor(clock.now().getTime() / 1000);
      const token = await new SignJWT({ ...claims })
        .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', kid: key.fingerprint })
        .setIssuer(issuer)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ttlSeconds)
        .setJti(ids.ulid())
        .sign(key.privateKey);
      return { token, expiresAt: new Date((issuedAt + ttlSeconds) * 1000) };
    },
    async verify(token, aud) {
      const known = verified.get(token);
      if (known !== undefined && known.aud === aud && known.exp * 1000 > clock.now().getTime()) return known;
      verified.delete(token);
      try {
        const { payload } = await jwtVerify(token, key.publicKey, { algorithms: [ALGORITHM], issuer, audience: aud, currentDate: clock.now() });
        return typeof payload.aud === 'string' ? remember(token, payload as unknown as VerifiedClaims) : undefined;
      } catch {
        return undefined;
      }
    },
    async publicKeys() {
      return { keys: [{ ...(await exportJWK(key.publicKey)), use: 'sig', alg: ALGORITHM, kid: key.fingerprint }] };
    },
  };
}
