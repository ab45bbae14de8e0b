import type { LicenseRecords } from '../../core/ports/license.ts';
import { unavailable } from '../../core/shared/errors.ts';
import { objectUrl, signedCalls, type AwsEnvironment } from '../aws/signed-call.ts';
import { parseRecord, RECORD_KEY, recordText } from './record-document.ts';

/** 412: another wrote since. 409: another writes at this moment. 404: it went away since it was read. */
const OVERTAKEN: ReadonlySet<number> = new Set([404, 409, 412]);

/** The record as an object of the bucket of states, replaced only by whoever read it as it is. */
export function s3Records({ environment, bucket }: { readonly environment: AwsEnvironment; readonly bucket: string }): LicenseRecords {
  const call = signedCalls(environment);
  const url = objectUrl(environment, bucket, RECORD_KEY);
  const refused = (what: string, status: number) => unavailable(`the record of the licence cannot be ${what}`, {}, { cause: new Error(`s3 answered ${status}`) });

  return {
    async read() {
      const { status, body, headers } = await call({ service: 's3', method: 'GET', url });
      if (status === 404) return undefined;
      if (status !== 200) throw refused('read', status);
      return { record: parseRecord(body), version: headers.get('etag') ?? '' };
    },
    async replace(record, version) {
      const condition: Readonly<Record<string, string>> = version === undefined ? { 'if-none-match': '*' } : { 'if-match': version };
      const { status, headers } = await call({ service: 's3', method: 'PUT', url, headers: { 'content-type': 'application/json', ...condition }, body: Buffer.from(recordText(record)) });
      if (OVERTAKEN.has(status)) return undefined;
      if (status !== 200) throw refused('written', status);
      return headers.get('etag') ?? '';
    },
  };
}
