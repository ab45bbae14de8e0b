export interface IssuedCertificate {
  readonly pem: string;
  /** Lower-case hex SHA-256 of the certificate's DER. */
  readonly certificateId: string;
  /** Lower-case hex SHA-256 of the public key's SPKI DER. */
  readonly spkiSha256: string;
  /** PEM of the public key (SPKI), for sealing and for verifying assertions. */
  readonly publicKeyPem: string;
}

export interface Certificates {
  /** Signs a CSR given as PEM or base64(PEM). A bad one is INVALID: `invalid certificate signing request: <reason>`. */
  issue(csr: string, poolId: string): Promise<IssuedCertificate>;
  revoke(poolId: string, certificateId: string): Promise<void>;
}
