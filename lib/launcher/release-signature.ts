/** A publisher's key, shipped with the launcher. */
export interface PublisherKey {
  /** Upper-case hex. */
  readonly fingerprint: string;
  readonly armored: string;
}

/** The release is not what its publisher made. */
export class VerificationError extends Error {
  override name = 'VerificationError';
}

/** Throws unless one of the keys made this detached signature over exactly these bytes. */
export async function verifySignature(signed: Buffer, signature: Buffer, keys: readonly PublisherKey[], what: string): Promise<void> {
  const { createMessage, readKey, readSignature, verify } = await import('openpgp');
  const verificationKeys = await Promise.all(keys.map((key) => readKey({ armoredKey: key.armored })));
  for (const [index, key] of verificationKeys.entries()) {
    if (key.getFingerprint().toUpperCase() !== keys[index]?.fingerprint) throw new VerificationError('a shipped publisher key does not have its fingerprint');
  }
  try {
    const text = signature.toString('latin1');
    const parsed = text.startsWith('-----BEGIN') ? await readSignature({ armoredSignature: text }) : await readSignature({ binarySignature: signature });
    const { signatures } = await verify({ message: await createMessage({ binary: signed }), signature: parsed, verificationKeys });
    if (signatures.length === 0) throw new Error('there is no signature');
    // A file may carry signatures of several keys; one that is known is enough.
    await Promise.any(signatures.map((one) => one.verified));
  } catch (cause) {
    throw new VerificationError(`the signature of ${what} does not fit the publisher's key`, { cause });
  }
}

/** The SHA-256 that a sums file names for an archive. */
export function checksumOf(sums: Buffer, archive: string): string {
  const matches = sums.toString('utf8').split('\n').map((line) => /^([0-9a-f]{64})\s+\*?(\S+)$/.exec(line.trim())).filter((match) => match?.[2] === archive);
  const sha256 = matches[0]?.[1];
  if (matches.length !== 1 || !sha256) throw new VerificationError(`the checksums do not list ${archive}`);
  return sha256;
}
