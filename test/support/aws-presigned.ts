import { createHash, createHmac } from 'node:crypto';
import { errorAnswer, type AwsAnswer, type AwsCall, type Intercept } from './aws-proxy.ts';

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text, 'utf8').digest();
const hash = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
const encode = (text: string) => encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

/** What the signature of a presigned address must be, for the request as it came (AWS Signature Version 4, query form). */
function signatureOf(call: AwsCall, url: URL, secretKey: string): string {
  const [, date = '', region = '', service = '', terminator = ''] = (url.searchParams.get('X-Amz-Credential') ?? '').split('/');
  const signedHeaders = url.searchParams.get('X-Amz-SignedHeaders') ?? '';
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const headers = signedHeaders
    .split(';')
    .map((name) => `${name}:${(call.headers[name] ?? '').trim()}\n`)
    .join('');
  const canonical = [call.method, url.pathname, query, headers, signedHeaders, 'UNSIGNED-PAYLOAD'].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', url.searchParams.get('X-Amz-Date') ?? '', `${date}/${region}/${service}/${terminator}`, hash(canonical)].join(
    '\n',
  );
  const key = [region, service, terminator].reduce((derived, text) => hmac(derived, text), hmac(`AWS4${secretKey}`, date));
  return createHmac('sha256', key).update(toSign).digest('hex');
}

const signedAt = (text: string): number => Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));

/** Judges presigned addresses as S3 does, which moto lets pass unread: signature, time, and the checksum that the sender gave. */
export function presignedAddresses(options: { readonly secretKey: string; readonly now: () => Date }): Intercept {
  const refusal = (call: AwsCall): AwsAnswer | undefined => {
    const url = new URL(call.path, 'http://s3');
    const signature = url.searchParams.get('X-Amz-Signature');
    if (signature === null) return undefined;
    const at = signedAt(url.searchParams.get('X-Amz-Date') ?? '');
    const expires = at + Number(url.searchParams.get('X-Amz-Expires')) * 1000;
    if (!(options.now().getTime() < expires)) return errorAnswer(call, 403, 'AccessDenied', 'Request has expired');
    if (signature !== signatureOf(call, url, options.secretKey))
      return errorAnswer(call, 403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match the signature you provided.');
    return undefined;
  };
  return async (call, next) => {
    if (call.service !== 's3') return next(call);
    const refused = refusal(call);
    if (refused !== undefined) return refused;
    const checksum = call.headers['x-amz-checksum-sha256'];
    if (checksum !== undefined && call.method === 'PUT' && createHash('sha256').update(call.body).digest('base64') !== checksum)
      return errorAnswer(call, 400, 'BadDigest', 'The SHA256 you specified did not match the calculated checksum.');
    return next(call);
  };
}
