import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { GetPublicKeyCommand, SignCommand, type KMSClient } from '@aws-sdk/client-kms';
import { decodeProtectedHeader, exportJWK, jwtVerify } from 'jose';
import type { Clock } from '../../core/ports/clock.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { Signer, VerifiedClaims } from '../../core/ports/signer.ts';
import { calling } from './service-errors.ts';

const ALGORITHM = 'RS256';
const RETIRED_MS = 24 * 3600 * 1000;

export interface RetiredKey {
  readonly keyId: string;
  readonly retiredAt: Date;
}

interface PublicKey {
  readonly key: KeyObject;
  /** Lower-case hex SHA-256 of the public key's SPKI DER. */
  readonly kid: string;
}

export interface KmsSignerOptions {
  readonly client: () => KMSClient;
  readonly keyId: string;
  /** Keys that signed before this one: what they signed stays good for a day. */
  readonly retired?: readonly RetiredKey[];
  readonly issuer: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Pick<Ids, 'ulid'>;
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs with a key that never leaves KMS; verifies here, with public keys that are asked for once. */
export function kmsSigner(options: KmsSignerOptions): Signer {
  const { client, keyId, retired = [], issuer, clock, ids } = options;
  const asked = new Map<string, Promise<PublicKey>>();

  function publicKey(id: string): Promise<PublicKey> {
    const known = asked.get(id);
    if (known !== undefined) return known;
    const answer = fetchPublicKey(id);
    asked.set(id, answer);
    // A failure is not remembered.
    answer.catch(() => asked.delete(id));
    return answer;
  }

  async function fetchPublicKey(id: string): Promise<PublicKey> {
    const { PublicKey: spki } = await calling('the key service', () => client().send(new GetPublicKeyCommand({ KeyId: id })));
    if (spki === undefined) throw new Error('the key service gave no public key');
    return { key: createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }), kid: createHash('sha256').update(spki).digest('hex') };
  }

  /** The key in use first, then those retired within a day. */
  function goodKeys(): Promise<readonly PublicKey[]> {
    const since = clock.now().getTime() - RETIRED_MS;
    return Promise.all([keyId, ...retired.filter(({ retiredAt }) => retiredAt.getTime() > since).map((key) => key.keyId)].map(publicKey));
  }

  return {
    async sign(claims, ttlSeconds) {
      const issuedAt = Math.floor(clock.now().getTime() / 1000);
      const { kid } = await publicKey(keyId);
      const payload = { ...claims, iss: issuer, iat: issuedAt, exp: issuedAt + ttlSeconds, jti: ids.ulid() };
      const signed = `${part({ alg: ALGORITHM, typ: 'JWT', kid })}.${part(payload)}`;
      // The digest, since the service takes no message over 4 KB.
      const { Signature: signature } = await calling('the key service', () =>
        client().send(
          new SignCommand({
            KeyId: keyId,
            Message: createHash('sha256').update(signed).digest(),
            MessageType: 'DIGEST',
            SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
          }),
        ),
      );
      if (signature === undefined) throw new Error('the key service gave no signature');
      return { token: `${signed}.${Buffer.from(signature).toString('base64url')}`, expiresAt: new Date((issuedAt + ttlSeconds) * 1000) };
    },

    async verify(token, aud) {
      const kid = kidOf(token);
      if (kid === undefined) return undefined;
      const found = (await goodKeys()).find((key) => key.kid === kid);
      if (found === undefined) return undefined;
      try {
        const { payload } = await jwtVerify(token, found.key, { algorithms: [ALGORITHM], issuer, audience: aud, currentDate: clock.now() });
        return typeof payload.aud === 'string' ? (payload as unknown as VerifiedClaims) : undefined;
      } catch {
        return undefined;
      }
    },

    async publicKeys() {
      return {
        keys: await Promise.all((await goodKeys()).map(async ({ key, kid }) => ({ ...(await exportJWK(key)), use: 'sig', alg: ALGORITHM, kid }))),
      };
    },
  };
}

function kidOf(token: string): string | undefined {
  try {
    const { kid } = decodeProtectedHeader(token);
    return kid;
  } catch {
    return undefined;
  }
}
