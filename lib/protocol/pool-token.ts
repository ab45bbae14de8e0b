import * as z from 'zod/mini';

/** What `SPACELIFT_TOKEN` holds, base64 of JSON (workers.md §2.4). Unknown keys are ignored. */
export const PoolToken = z.object({
  v: z.literal(1),
  account: z.string(),
  api: z.string(),
  worker_pool: z.string(),
  broker: z.object({
    type: z.enum(['iotcore', 'builtin']),
    endpoint: z.string(),
    port: z.number(),
    tls: z.boolean(),
    alpn: z.nullable(z.string()),
    namespace: z.string(),
    ca: z.nullable(z.string()),
  }),
  certificate: z.string(),
  certificate_id: z.string(),
  issued_at: z.string(),
});
export type PoolToken = z.infer<typeof PoolToken>;

export function encodePoolToken(token: PoolToken): string {
  return Buffer.from(JSON.stringify(token), 'utf8').toString('base64');
}

/** Throws an Error in words for the operator; white space and missing padding are tolerated. */
export function decodePoolToken(text: string): PoolToken {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(text.replace(/\s+/g, ''), 'base64').toString('utf8'));
  } catch (cause) {
    throw new Error('SPACELIFT_TOKEN is not a worker pool token: it must be base64 of a JSON document', { cause });
  }
  const version = (document as { v?: unknown } | null)?.v;
  if (version !== 1) throw new Error(`unsupported token version ${String(version)}; update the launcher`);
  const parsed = PoolToken.safeParse(document);
  if (!parsed.success) throw new Error(`SPACELIFT_TOKEN is incomplete: ${parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')}`);
  return parsed.data;
}
