import * as z from 'zod/mini';
import project from '../../../cdk.json' with { type: 'json' };

const Distribution = z.object({
  /** True where an installation without a licence is refused. */
  required: z._default(z.boolean(), false),
  productSku: z._default(z.nullable(z.string()), null),
  keyFingerprint: z._default(z.nullable(z.string()), null),
  /** PEM by key id: who may sign licence tokens. */
  publicKeys: z._default(z.record(z.string(), z.string()), {}),
});

export type Distribution = z.infer<typeof Distribution>;

/** What this build's distributor fixed in the context of `cdk.json`, as `license.required` and the like. A build from source fixes nothing. */
export function distribution(document: unknown = project): Distribution {
  const { context = {} } = document as { readonly context?: Readonly<Record<string, unknown>> };
  return Distribution.parse(Object.fromEntries(Object.keys(Distribution.shape).map((name) => [name, context[`license.${name}`]])));
}
