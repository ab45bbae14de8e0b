import { createPublicKey, type KeyObject } from 'node:crypto';
import { invalid } from '../../core/shared/errors.ts';

const MAX_REQUEST_BYTES = 16 * 1024;
const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;
const PEM = /^-----BEGIN ([A-Z0-9 ]+)-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END \1-----$/;
const REQUEST_TYPES: ReadonlySet<string> = new Set(['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST']);

const badRequest = (reason: string, cause?: unknown) =>
  invalid(`invalid certificate signing request: ${reason}`, { field: 'certificateSigningRequest' }, { cause });

/** DER of a signing request given as PEM, or as base64 of PEM. */
export function requestDer(text: string): Buffer {
  if (Buffer.byteLength(text, 'utf8') > MAX_REQUEST_BYTES) throw badRequest(`it is larger than ${MAX_REQUEST_BYTES} bytes`);
  const trimmed = text.trim();
  if (trimmed === '') throw badRequest('it is empty');
  const pem = trimmed.includes('-----BEGIN') ? trimmed : Buffer.from(trimmed, 'base64').toString('utf8').trim();
  const match = PEM.exec(pem);
  if (match === null) throw badRequest('it is neither one PEM block nor base64 of one');
  const [, type = '', content = ''] = match;
  if (!REQUEST_TYPES.has(type)) throw badRequest(`it is a PEM block of type ${type}, not CERTIFICATE REQUEST`);
  return Buffer.from(content, 'base64');
}

/** Loaded on first use: a server that only starts again issues nothing, and the library costs it 200 ms. */
export async function x509() {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

/** A signing request given as PEM or base64 of PEM, found fit to be signed. */
export async function readSigningRequest(text: string) {
  const der = requestDer(text);
  const { Pkcs10CertificateRequest } = await x509();
  let request: InstanceType<typeof Pkcs10CertificateRequest>;
  try {
    request = new Pkcs10CertificateRequest(der);
  } catch (cause) {
    throw badRequest('it cannot be read', cause);
  }
  // Before the signature: the library would take minutes over an absurdly large key, and cannot verify every other kind.
  const publicKey = rsaPublicKey(new Uint8Array(request.publicKey.rawData));
  if (!(await request.verify().catch(() => false))) throw badRequest('its signature does not fit its key');
  return { request, publicKey };
}

/** The public key, which must also unwrap envelopes: RSA of a sensible size. */
function rsaPublicKey(spkiDer: Uint8Array): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(spkiDer), format: 'der', type: 'spki' });
  } catch (cause) {
    throw badRequest('its public key cannot be read', cause);
  }
  if (key.asymmetricKeyType !== 'rsa') throw badRequest(`the key must be RSA, this one is ${key.asymmetricKeyType ?? 'unknown'}`);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS)
    throw badRequest(`the RSA key must have ${MIN_RSA_BITS} to ${MAX_RSA_BITS} bits, this one has ${bits}`);
  return key;
}
