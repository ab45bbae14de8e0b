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

export interface Certificates {
  /** Signs a CSR given as PEM or base64(PEM). A bad one is INVALID: `invalid certificate signing request: <reason>`. */
  issue(csr: string, poolId: string): Promise<IssuedCertificate>;
  revoke(poolId: string, certificateId: string): Promise<void>;
  /** Makes what is kept of certificates elsewhere agree with the pools there are: repairs these, removes what belongs to none. */
  reconcile(pools: readonly PoolCertificate[]): Promise<void>;
}
