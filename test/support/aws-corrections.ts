import { constants, createPublicKey, generateKeyPairSync, privateEncrypt, type KeyObject } from 'node:crypto';
import { caCertificates, createCertificateAuthority, type CertificateAuthority } from '../../lib/adapters/embedded/ca-certificates.ts';
import { systemClock } from '../../lib/adapters/system/system-clock.ts';
import { testInstallationKey } from './app.ts';
import { inTurn, jsonAnswer, type Intercept } from './aws-proxy.ts';

// Where moto differs from AWS in what the product relies on.

const SHA256_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/**
 * Signatures over a digest: moto hashes the digest once more. Its keys never leave it, so the proxy signs with keys of its own and
 * answers with their public halves; that a key exists, is enabled and may be used is still judged by moto.
 */
export function digestSignatures(): Intercept {
  const keys = new Map<string, KeyObject>();
  const keyOf = async (id: string): Promise<KeyObject> => {
    const known = keys.get(id);
    if (known !== undefined) return known;
    const made = keys.size === 0 ? (await testInstallationKey()).privateKey : generateKeyPairSync('rsa', { modulusLength: 4096 }).privateKey;
    keys.set(id, made);
    return made;
  };
  return async (call, next) => {
    if (call.service !== 'kms' || (call.operation !== 'Sign' && call.operation !== 'GetPublicKey')) return next(call);
    const answer = await next(call);
    const input = JSON.parse(call.body.toString('utf8')) as { Message?: string; MessageType?: string };
    if (answer.status !== 200 || (call.operation === 'Sign' && input.MessageType !== 'DIGEST')) return answer;
    const output = JSON.parse(answer.body.toString('utf8')) as { KeyId: string };
    const key = await keyOf(output.KeyId.split('/').at(-1) ?? '');
    if (call.operation === 'GetPublicKey')
      return jsonAnswer(200, { ...output, PublicKey: createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64') });
    const info = Buffer.concat([SHA256_INFO, Buffer.from(input.Message ?? '', 'base64')]);
    return jsonAnswer(200, { ...output, Signature: privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info).toString('base64') });
  };
}

/** Certificates from requests: moto puts a key of its own into them. The proxy signs the request's key, and registers the certificate with moto. */
export function certificatesFromRequests(): Intercept {
  let authority: Promise<CertificateAuthority> | undefined;
  return async (call, next) => {
    const url = new URL(call.path, 'http://aws');
    if (call.method !== 'POST' || url.pathname !== '/certificates') return next(call);
    const { certificateSigningRequest } = JSON.parse(call.body.toString('utf8')) as { certificateSigningRequest: string };
    authority ??= createCertificateAuthority();
    const { pem } = await caCertificates({ ...(await authority), account: 'IoT', clock: systemClock }).issue(
      certificateSigningRequest,
      'AWS IoT Certificate',
    );
    const status = url.searchParams.get('setAsActive') === 'true' ? 'ACTIVE' : 'INACTIVE';
    const registered = await next({
      ...call,
      path: '/certificate/register-no-ca',
      body: Buffer.from(JSON.stringify({ certificatePem: pem, status })),
    });
    if (registered.status !== 200) return registered;
    return jsonAnswer(200, { ...(JSON.parse(registered.body.toString('utf8')) as object), certificatePem: pem });
  };
}

/** All of them. */
export const corrections = (): Intercept => inTurn(digestSignatures(), certificatesFromRequests());
