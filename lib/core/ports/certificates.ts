export interface IssuedCertificate {
  readonly pem: string;
  /** Lower-case hex SHA-256 of the certificate's DER. */
  readonly certificateId: string;
  /** Lower-case hex SHA-256 of the public key's SPKI DER. */
  readonly spkiSha256: string;
  /** PEM of the public key (SPKI), for sealing and for verifying assertions. */
  readonly publicKeyPem: string;
}

/** A pool, and the one certificate that its workers prove themselves with. */
export interface PoolCertificate {
  readonly poolId: string;
  readonly certificateId: string;
}

/** As many as one call of a function gets done in time. */
export const REPAIRED_AT_ONCE = 25;

export interface Certificates {
  /** Signs a CSR given as PEM or base64(PEM). A bad one is INVALID: `invalid certificate signing request: <reason>`. */
  issue(csr: string, poolId: string): Promise<IssuedCertificate>;
  revoke(poolId: string, certificateId: string): Promise<void>;
  /** Makes what is kept elsewhere of these pools' certificates agree with them: at most `REPAIRED_AT_ONCE`. */
  repair(pools: readonly PoolCertificate[]): Promise<void>;
  /**
   * Removes what is kept elsewhere and belongs to none of the pools there are, some at a time: goes on behind what it answered before, and
   * answers null at the end.
   */
  removeOrphans(pools: readonly PoolCertificate[], after: string | null): Promise<string | null>;
}
