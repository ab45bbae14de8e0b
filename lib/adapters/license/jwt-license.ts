import { decodeProtectedHeader, errors, importSPKI, jwtVerify, type JWTPayload } from 'jose';
import * as z from 'zod/mini';
import type { Clock } from '../../core/ports/clock.ts';
import type { LicenseAnswer, LicenseAuthority, LicenseGrant } from '../../core/ports/license.ts';

const AUDIENCE = 'platform-license';
const ALGORITHMS = ['RS256', 'EdDSA'];
const SKEW_SECONDS = 300;

const most = z._default(z.nullable(z.int().check(z.minimum(0))), null);
const Claims = z.object({
  iss: z.string().check(z.minLength(1)),
  sub: z.string().check(z.minLength(1)),
  iat: z.number(),
  nbf: z.number(),
  exp: z.number(),
  jti: z.string().check(z.minLength(1)),
  tier: z.string(),
  limits: z._default(z.object({ workers: most, users: most }), { workers: null, users: null }),
  features: z._default(z.array(z.string()), []),
  aws_account_id: z.optional(z.string()),
  account_name: z.optional(z.string()),
});

export interface JwtLicenseOptions {
  /** The token as it is now; undefined: none is stored. */
  readonly token: () => Promise<string | undefined>;
  /** PEM by key id. */
  readonly publicKeys: Readonly<Record<string, string>>;
  /** What a token may be bound to. */
  readonly installation: { readonly awsAccountId: string | null; readonly accountName: string };
  readonly clock: Pick<Clock, 'now'>;
}

const denied = (reason: string): LicenseAnswer => ({ kind: 'denied', reason });

/** Licences as signed tokens, checked with keys of the build; asks nobody. */
export function jwtLicense({ token, publicKeys, installation, clock }: JwtLicenseOptions): LicenseAuthority {
  async function judge(text: string): Promise<LicenseAnswer> {
    const kid = keyOf(text);
    const pem = kid === undefined || !Object.hasOwn(publicKeys, kid) ? undefined : publicKeys[kid];
    if (kid === undefined) return denied('the licence token names no key');
    if (pem === undefined) return denied(`the licence token is signed by the key ${JSON.stringify(kid)}, which this build does not know`);
    const rules = { algorithms: ALGORITHMS, audience: AUDIENCE, clockTolerance: SKEW_SECONDS, currentDate: clock.now() };
    try {
      const { payload } = await jwtVerify(text, async ({ alg = '' }) => importSPKI(pem, alg), rules);
      const claims = Claims.safeParse(payload);
      if (!claims.success) return denied(`the licence token lacks claims: ${claims.error.issues.map(({ path }) => path.join('.')).join(', ')}`);
      const foreign = whyForeign(claims.data, installation);
      return foreign === undefined ? { kind: 'granted', grant: grantOf(claims.data), held: null } : denied(foreign);
    } catch (error) {
      return refusal(error);
    }
  }

  return {
    type: 'jwt',
    async ask() {
      let text: string | undefined;
      try {
        text = await token();
      } catch {
        return { kind: 'inconclusive', reason: 'the licence token could not be read', isBuildFault: false };
      }
      return text === undefined || text.trim() === '' ? denied('no licence token is set') : judge(text.trim());
    },
    release: () => Promise.resolve(),
  };
}

function keyOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).kid;
  } catch {
    return undefined;
  }
}

/** Why a good token is another installation's. */
function whyForeign(claims: z.infer<typeof Claims>, { awsAccountId, accountName }: JwtLicenseOptions['installation']): string | undefined {
  if (claims.aws_account_id !== undefined && claims.aws_account_id !== awsAccountId)
    return `the licence is for the AWS account ${claims.aws_account_id}, and this is ${awsAccountId ?? 'none'}`;
  if (claims.account_name !== undefined && claims.account_name !== accountName)
    return `the licence is for the account ${claims.account_name}, and this is ${accountName}`;
  return undefined;
}

const grantOf = ({ sub, tier, limits, features, exp }: z.infer<typeof Claims>): LicenseGrant => ({ licensee: sub, tier, limits, features, validUntil: new Date(exp * 1000) });

/** Every fault of a token is a denial but its end, which has a grace of its own. */
function refusal(error: unknown): LicenseAnswer {
  if (error instanceof errors.JWTExpired) {
    const at = endOf(error.payload);
    return at === undefined ? denied('the licence token has no end') : { kind: 'expired', at, reason: `the licence ended on ${at.toISOString().slice(0, 10)}` };
  }
  if (error instanceof errors.JWTClaimValidationFailed) return denied(`the licence token's claim ${error.claim} is wrong`);
  if (error instanceof errors.JOSEAlgNotAllowed) return denied('the licence token is signed by an algorithm that is not allowed');
  return denied('the licence token is not one that its issuer signed');
}

const endOf = ({ exp }: JWTPayload): Date | undefined => (exp === undefined ? undefined : new Date(exp * 1000));
