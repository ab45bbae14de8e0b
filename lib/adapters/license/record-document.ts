import * as z from 'zod/mini';
import type { LicenseRecord } from '../../core/ports/license.ts';

/** In the bucket of states, outside every stack's folder. */
export const RECORD_KEY = 'license/state.json';

const time = z.pipe(z.iso.datetime(), z.transform((text) => new Date(text)));
const most = z.nullable(z.number());
const Document = z.object({
  type: z.enum(['aws', 'jwt', 'none']),
  grant: z.nullable(z.object({
    licensee: z.nullable(z.string()),
    tier: z.nullable(z.string()),
    limits: z.object({ workers: most, users: most }),
    features: z.array(z.string()),
    validUntil: z.nullable(time),
  })),
  goodAt: z.nullable(time),
  trouble: z.nullable(z.object({ kind: z.enum(['denied', 'expired', 'inconclusive']), reason: z.string(), since: time, until: time })),
  checkedAt: z.nullable(time),
  held: z.nullable(z.string()),
  asksFor: z.nullable(z.string()),
  busyUntil: z.nullable(time),
});

export const recordText = (record: LicenseRecord): string => JSON.stringify(record);

/** The record of a document; one that is not readable throws, since taking it for missing would end a grace. */
export const parseRecord = (body: Buffer): LicenseRecord => Document.parse(JSON.parse(body.toString('utf8')));
