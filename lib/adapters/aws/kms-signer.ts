import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { GetPublicKeyCommand, SignCommand, type KMSClient } from '@aws-sdk/client-kms';
import { decodeProtectedHeader, exportJWK, jwtVerify } from 'jose';
import type { Clock } from '../../core/ports/clock.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { Signer, VerifiedClaims } from '../../core/ports/signer.ts';
import { calling } from './service-errors.ts';

const ALGORITHM = 'RS256';
/** What a retired key signed stays good for so long. */
export const RETIRED_MS = 24 * 3600 * 1000;
/** A token of an unknown key is a reason to look for retired ones, but not for each such token. */
const LOOK_AGAIN_MS = 60_000;

export interface PublicKey {
  readonly key: KeyObject;
  /** Lower-case hex SHA-256 of the public key's SPKI DER. */
  readonly kid: string;
}

export interface KmsSignerOptions {
  readonly client: () => KMSClient;
  readonly keyId: string;
  /** PEMs of the public keys that were retired after a time, from where a deployment noted them. */
  readonly retired?: (since: Date) => Promise<readonly string[]>;
  readonly issuer: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Pick<Ids, 'ulid'>;
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs with a key that never leaves KMS; verifies here, with public keys that are asked for once. */
export function kmsSigner(options: KmsSignerOptions): Signer {
  const { client, keyId, retired = async () => [], issuer, clock, ids } = options;
  let current: Promise<PublicKey> | undefined;
  let former: { readonly keys: Promise<readonly PublicKey[]>; readonly until: number } | undefined;

  function currentKey(): Promise<PublicKey> {
    current ??= fetchPublicKey(client, keyId);
    // A failure is not remembered.
    current.catch(() => (current = undefined));
    return current;
  }

  function formerKeys(): Promise<readonly PublicKey[]> {
    const now = clock.now().getTime();
    if (former !== undefined && former.until > now) return former.keys;
    const keys = retired(new Date(now - RETIRED_MS)).then((pems) => pems.map((pem) => toPublicKey(createPublicKey(pem))));
    former = { keys, until: now + LOOK_AGAIN_MS };
    keys.catch(() => (former = undefined));
    return keys;
  }

  async function keyNamed(kid: string): Promise<PublicKey | undefined> {
    const inUse = await currentKey();
    return inUse.kid === kid ? inUse : (await formerKeys()).find((key) => key.kid === kid);
  }

  return {
    async sign(claims, ttlSeconds) {
      const issuedAt = Math.floor(clock.now().getTime() / 1000);
      const { kid } = await currentKey();
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
      const found = await keyNamed(kid);
      if (found === undefined) return undefined;
      try {
        const { payload } = await jwtVerify(token, found.key, { algorithms: [ALGORITHM], issuer, audience: aud, currentDate: clock.now() });
        return typeof payload.aud === 'string' ? (payload as unknown as VerifiedClaims) : undefined;
      } catch {
        return undefined;
      }
    },

    async publicKeys() {
      // What the key in use signed must not depend on whether the former ones can be read.
      const keys = [await currentKey(), ...(await formerKeys().catch(() => []))];
      return { keys: await Promise.all(keys.map(async ({ key, kid }) => ({ ...(await exportJWK(key)), use: 'sig', alg: ALGORITHM, kid }))) };
    },
  };
}

/** The public half of a key in KMS, named as its tokens name it. */
export async function fetchPublicKey(client: () => KMSClient, keyId: string): Promise<PublicKey> {
  const { PublicKey: spki } = await calling('the key service', () => client().send(new GetPublicKeyCommand({ KeyId: keyId })));
  if (spki === undefined) throw new Error('the key service gave no public key');
  return toPublicKey(createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }));
}

const toPublicKey = (key: KeyObject): PublicKey => ({
  key,
  kid: createHash('sha256').update(key.export({ type: 'spki', format: 'der' })).digest('hex'),
});

function kidOf(token: string): string | undefined {
  try {
    const { kid } = decodeProtectedHeader(token);
    return kid;
  } catch {
    return undefined;
  }
}
