export interface Claims {
  readonly sub: string;
  /** Exactly one audience. */
  readonly aud: string;
  readonly [claim: string]: unknown;
}

export interface VerifiedClaims extends Claims {
  readonly iss: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
}

/** Signs RS256 tokens with the installation's key; `iss` is the base URL, `iat`, `exp` and `jti` are added. */
export interface Signer {
  sign(claims: Claims, ttlSeconds: number): Promise<{ readonly token: string; readonly expiresAt: Date }>;
  /** The claims of a token signed here, unexpired and for `aud`; else undefined. */
  verify(token: string, aud: string): Promise<VerifiedClaims | undefined>;
  /** JSON Web Key Set that verifies what was signed, retired keys included. */
  publicKeys(): Promise<{ readonly keys: readonly Readonly<Record<string, unknown>>[] }>;
}
