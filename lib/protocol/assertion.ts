/** The signed statement "I am worker W of pool P", by which a worker registers and logs in to the broker. */
import { createPublicKey, KeyObject, sign, verify } from 'node:crypto';
import * as z from 'zod/mini';
import type { KeyInput } from './envelope.ts';

export type AssertionAudience = 'worker-api' | 'mqtt';

export const ASSERTION_TYPE = 'worker-assertion+jwt';
export const ASSERTION_LIFETIME_SECONDS = 300;
export const ASSERTION_SKEW_SECONDS = 120;

const Header = z.object({ alg: z.literal('RS256'), typ: z.literal(ASSERTION_TYPE), kid: z.string() });
const Claims = z.object({ iss: z.string(), sub: z.string(), aud: z.enum(['worker-api', 'mqtt']), iat: z.number(), exp: z.number(), jti: z.string() });
export type AssertionClaims = z.infer<typeof Claims>;

export interface Assertion {
  /** Id of the pool certificate whose key signed. */
  readonly certificateId: string;
  readonly claims: AssertionClaims;
}

export class AssertionError extends Error {
  override name = 'AssertionError';
}

export interface AssertionInput {
  readonly poolId: string;
  readonly workerId: string;
  readonly certificateId: string;
  readonly audience: AssertionAudience;
  readonly jti: string;
  readonly now: Date;
}

export function makeAssertion(privateKey: KeyInput, input: AssertionInput): string {
  const iat = Math.floor(input.now.getTime() / 1000);
  const header: z.infer<typeof Header> = { alg: 'RS256', typ: ASSERTION_TYPE, kid: input.certificateId };
  const claims: AssertionClaims = { iss: input.poolId, sub: input.workerId, aud: input.audience, iat, exp: iat + ASSERTION_LIFETIME_SECONDS, jti: input.jti };
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed, 'ascii'), privateKey).toString('base64url')}`;
}

/** What an assertion says, not yet believed: enough to find the certificate that must have signed it. */
export function readAssertion(token: string): Assertion | undefined {
  const [header, claims, signature, ...rest] = token.split('.');
  if (!header || !claims || !signature || rest.length > 0) return undefined;
  const parsedHeader = Header.safeParse(decode(header));
  const parsedClaims = Claims.safeParse(decode(claims));
  if (!parsedHeader.success || !parsedClaims.success) return undefined;
  return { certificateId: parsedHeader.data.kid, claims: parsedClaims.data };
}

/** Believes an assertion, or throws an `AssertionError`; single use of `jti` is the caller's to enforce. */
export function verifyAssertion(token: string, publicKey: KeyInput, expected: { readonly audience: AssertionAudience; readonly now: Date }): Assertion {
  const assertion = readAssertion(token);
  if (!assertion) throw new AssertionError('this is not a worker assertion');
  const { claims } = assertion;
  if (claims.aud !== expected.audience) throw new AssertionError(`the assertion is meant for ${claims.aud}, not ${expected.audience}`);
  const now = expected.now.getTime() / 1000;
  if (claims.exp <= claims.iat || claims.exp - claims.iat > ASSERTION_LIFETIME_SECONDS) throw new AssertionError(`the assertion must live at most ${ASSERTION_LIFETIME_SECONDS} s`);
  if (claims.exp + ASSERTION_SKEW_SECONDS < now) throw new AssertionError('the assertion has expired; check the clock of the worker');
  if (claims.iat - ASSERTION_SKEW_SECONDS > now) throw new AssertionError('the assertion is from the future; check the clock of the worker');

  const cut = token.lastIndexOf('.');
  const key = publicKey instanceof KeyObject ? publicKey : createPublicKey(publicKey);
  const signature = Buffer.from(token.slice(cut + 1), 'base64url');
  if (key.asymmetricKeyType !== 'rsa' || !verify('RSA-SHA256', Buffer.from(token.slice(0, cut), 'ascii'), key, signature)) {
    throw new AssertionError("the assertion is not signed by the pool's key");
  }
  return assertion;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
