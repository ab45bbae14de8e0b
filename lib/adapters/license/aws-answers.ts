import { EntitlementUnit, LicenseStatus, ReceivedStatus, type GrantedLicense } from '@aws-sdk/client-license-manager';
import type { LicenseAnswer, LicenseGrant } from '../../core/ports/license.ts';

type Refusal = Exclude<LicenseAnswer, { readonly kind: 'granted' }>;
type ServiceFault = { readonly name?: string; readonly $fault?: string; readonly $metadata?: { readonly httpStatusCode?: number } };

/** Answers that say that there is no right; every other fault says nothing about it. */
const DENIALS: Readonly<Record<string, string>> = {
  NoEntitlementsAllowedException: 'License Manager allows none of the entitlements: there are none, or all seats are taken',
  EntitlementNotAllowedException: 'License Manager does not allow the entitlements that were asked for',
  ResourceNotFoundException: 'License Manager knows no such licence',
};

/** A request that will be wrong the next time too. */
const BUILD_FAULTS: ReadonlySet<string> = new Set(['UnsupportedDigitalSignatureMethodException', 'InvalidParameterValueException', 'ValidationException']);

/** What a failed call says about the licence (aws-install.md §8.1). */
export function classifyFault(error: unknown): Refusal {
  const { name = '', $metadata } = (typeof error === 'object' && error !== null ? error : {}) as ServiceFault;
  const reason = DENIALS[name];
  if (reason !== undefined) return { kind: 'denied', reason };
  const told = name === '' ? 'no answer' : `${name}${$metadata?.httpStatusCode === undefined ? '' : ` (${$metadata.httpStatusCode})`}`;
  return { kind: 'inconclusive', reason: `License Manager could not be asked: ${told}`, isBuildFault: BUILD_FAULTS.has(name) };
}

/** Why a licence that was received does not hold; undefined when it does. */
export function whyUnusable(license: GrantedLicense, now: Date): Refusal | undefined {
  const received = license.ReceivedMetadata?.ReceivedStatus;
  const { Begin, End } = license.Validity ?? {};
  const end = End === undefined ? undefined : new Date(End);
  if (license.Status === LicenseStatus.EXPIRED || (end !== undefined && end <= now)) {
    return { kind: 'expired', at: end ?? now, reason: `the licence ended${End === undefined ? '' : ` on ${End.slice(0, 10)}`}` };
  }
  if (received === ReceivedStatus.PENDING_ACCEPT) {
    return { kind: 'denied', reason: 'the licence has not been accepted: in License Manager, Granted licenses, choose Accept & activate' };
  }
  if (received !== undefined && received !== ReceivedStatus.ACTIVE) return { kind: 'denied', reason: `the licence was received with the status ${received}` };
  if (license.Status !== undefined && license.Status !== LicenseStatus.AVAILABLE) return { kind: 'denied', reason: `the licence's status is ${license.Status}` };
  if (Begin !== undefined && new Date(Begin) > now) return { kind: 'denied', reason: `the licence begins on ${Begin.slice(0, 10)}` };
  return undefined;
}

/** What a licence permits: tiers are entitlements without a unit, limits are counted ones named after what they count. */
export function grantOf(license: GrantedLicense | undefined, tier: string | null): LicenseGrant {
  const entitlements = license?.Entitlements ?? [];
  const most = (name: string) => entitlements.find(({ Name, Unit }) => Name === name && Unit !== EntitlementUnit.NONE)?.MaxCount ?? null;
  const end = license?.Validity?.End;
  return {
    licensee: license?.Beneficiary ?? null,
    tier,
    limits: { workers: most('workers'), users: most('users') },
    features: entitlements.filter(({ Name, Unit }) => Unit === EntitlementUnit.NONE && Name !== tier).map(({ Name }) => Name ?? ''),
    validUntil: end === undefined ? null : new Date(end),
  };
}
