// Looks for secrets in what a platform has kept: objects of a store, rows of a database.
import { constants, gunzipSync } from 'node:zlib';
import { GetObjectCommand, ListBucketsCommand, NoSuchKey, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { CLIENT_SETTINGS } from '../../lib/adapters/aws/clients/settings.ts';
import { seenIn } from './canary.ts';
import type { CloudAccess } from './cloud.ts';
import { MOTO_REGION } from './moto.ts';

type Secrets = Readonly<Record<string, string>>;

/** Searches all objects of all buckets but those left out, packed ones unpacked as well; answers object and find. */
export async function seenInBuckets(access: CloudAccess, secrets: Secrets, isLeftOut: (bucket: string) => boolean): Promise<readonly string[]> {
  const credentials = { accessKeyId: access.operatorKey, secretAccessKey: 'any' };
  const s3 = new S3Client({ ...CLIENT_SETTINGS, endpoint: access.awsUrl, region: MOTO_REGION, credentials });
  const found: string[] = [];
  try {
    for (const { Name: bucket = '' } of (await s3.send(new ListBucketsCommand({}))).Buckets ?? []) {
      if (isLeftOut(bucket)) continue;
      for await (const { Contents: objects = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
        for (const { Key: key } of objects) {
          const bytes = await bytesOf(s3, bucket, key);
          if (bytes === undefined) continue;
          const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
          // Of an archive that was cut short, what there is of it.
          const texts = [bytes, ...(packed ? [gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH })] : [])].map((each) => each.toString('latin1'));
          for (const text of texts) for (const find of seenIn(text, secrets)) found.push(`${bucket}/${key}: ${find}`);
        }
      }
    }
    return found;
  } finally {
    s3.destroy();
  }
}

/** Nothing of an object that went since it was listed: other journeys tidy up on the same cloud. */
async function bytesOf(s3: S3Client, bucket: string, key: string | undefined): Promise<Buffer | undefined> {
  try {
    const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Buffer.from((await body?.transformToByteArray()) ?? []);
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

/** Searches every row of every table; answers how many tables there are, and table and find. */
export async function seenInTables(
  query: <Row>(sql: string) => Promise<readonly Row[]>,
  secrets: Secrets,
): Promise<{ readonly tables: number; readonly seen: readonly string[] }> {
  const tables = await query<{ name: string }>("select quote_ident(tablename) as name from pg_tables where schemaname = 'public'");
  const seen: string[] = [];
  for (const { name } of tables) {
    const rows = await query<{ row: string }>(`select t::text as row from ${name} t`);
    const text = rows.map(({ row }) => row).join('\n').replaceAll('""', '"').replaceAll('\\\\', '\\');
    seen.push(...seenIn(text, secrets).map((find) => `${name}: ${find}`));
  }
  return { tables: tables.length, seen };
}
