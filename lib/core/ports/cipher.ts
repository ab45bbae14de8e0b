/** Binds a ciphertext to its owner: decrypting with another context fails. */
export type CipherContext = Readonly<Record<string, string>>;

export interface Cipher {
  /** Base64 text, small enough for a column when the plaintext is under 40 KiB. */
  encrypt(plaintext: Uint8Array, context: CipherContext): Promise<string>;
  decrypt(ciphertext: string, context: CipherContext): Promise<Buffer>;
}
