import {
  CheckInLicenseCommand, CheckoutLicenseCommand, CheckoutType, EntitlementDataUnit, ExtendLicenseConsumptionCommand, InvalidParameterValueException,
  ListReceivedLicensesCommand, ResourceNotFoundException, type GrantedLicense, type LicenseManagerClient,
} from '@aws-sdk/client-license-manager';
import type { Clock } from '../../core/ports/clock.ts';
import type { LicenseAuthority } from '../../core/ports/license.ts';
import { homeRegionCalls, type ClientIn } from './home-region.ts';
import { classifyFault, grantOf, whyUnusable } from './aws-answers.ts';

/** Issues every licence that was bought on AWS Marketplace. */
export const MARKETPLACE_FINGERPRINT = 'aws:294406891311:AWS/Marketplace:issuer-fingerprint';
/** All seats may be taken for a moment only. */
const SEAT_PAUSE_MS = 2_000;

/** Which licence is asked for. */
export interface LicenseProduct {
  readonly sku: string;
  readonly fingerprint: string;
  /** The highest tier first; what is granted of them counts. */
  readonly entitlements: readonly string[];
}

export interface AwsLicenseOptions {
  readonly product: LicenseProduct;
  readonly clientIn: ClientIn;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly newId: () => string;
}

/** Licences in License Manager: a provisional checkout that is extended as long as it lasts. */
export function awsLicense({ product, clientIn, clock, newId }: AwsLicenseOptions): LicenseAuthority {
  const send = homeRegionCalls(clientIn);

  /** The licence as it was received; undefined when there is none. */
  const received = (): Promise<GrantedLicense | undefined> => send((to) => findReceivedLicense(to, product));

  /** Undefined when nothing is held any more. */
  async function extend(token: string): Promise<string | undefined> {
    try {
      const { LicenseConsumptionToken = token } = await send((to) => to.send(new ExtendLicenseConsumptionCommand({ LicenseConsumptionToken: token })));
      return LicenseConsumptionToken;
    } catch (error) {
      if (error instanceof ResourceNotFoundException || error instanceof InvalidParameterValueException) return undefined;
      throw error;
    }
  }

  async function checkOut(ClientToken: string) {
    const { LicenseConsumptionToken, EntitlementsAllowed = [] } = await send((to) =>
      to.send(new CheckoutLicenseCommand({
        ProductSKU: product.sku,
        KeyFingerprint: product.fingerprint,
        CheckoutType: CheckoutType.PROVISIONAL,
        Entitlements: product.entitlements.map((Name) => ({ Name, Unit: EntitlementDataUnit.NONE })),
        ClientToken,
      })),
    );
    const allowed = new Set(EntitlementsAllowed.map(({ Name }) => Name));
    return { token: LicenseConsumptionToken ?? null, tier: product.entitlements.find((name) => allowed.has(name)) ?? null };
  }

  /** No entitlements may mean that all seats are taken right now: once more, as a question of its own. */
  async function checkOutPatiently(requestId: string) {
    try {
      return await checkOut(requestId);
    } catch (error) {
      if ((error as { name?: unknown }).name !== 'NoEntitlementsAllowedException') throw error;
      await clock.sleep(SEAT_PAUSE_MS);
      return checkOut(newId());
    }
  }

  return {
    type: 'aws',
    async ask(held, requestId = newId()) {
      try {
        const before = parseHeld(held);
        const extended = before === undefined ? undefined : await extend(before.token);
        const license = await received();
        if (license === undefined) return { kind: 'denied', reason: `no licence for ${product.sku} was received` };
        const refused = whyUnusable(license, clock.now());
        if (refused !== undefined) return refused;
        const { token, tier } = extended !== undefined && before !== undefined ? { token: extended, tier: before.tier } : await checkOutPatiently(requestId);
        return { kind: 'granted', grant: grantOf(license, tier), held: token === null ? null : JSON.stringify({ token, tier }) };
      } catch (error) {
        return classifyFault(error);
      }
    },
    async release(held) {
      const token = parseHeld(held)?.token;
      // A licence need not allow it; what is not given back ends within the hour.
      if (token !== undefined) await send((to) => to.send(new CheckInLicenseCommand({ LicenseConsumptionToken: token }))).catch(() => undefined);
    },
  };
}

/** The newest version of the product's licence that the account received. */
export async function findReceivedLicense(
  client: LicenseManagerClient,
  { sku, fingerprint }: Pick<LicenseProduct, 'sku' | 'fingerprint'>,
): Promise<GrantedLicense | undefined> {
  const Filters = [{ Name: 'ProductSKU', Values: [sku] }, { Name: 'Fingerprint', Values: [fingerprint] }];
  const { Licenses = [] } = await client.send(new ListReceivedLicensesCommand({ Filters }));
  // An account may have been granted one that ended and one that followed.
  return Licenses.toSorted((a, b) => rank(b) - rank(a) || (b.Validity?.End ?? '~').localeCompare(a.Validity?.End ?? '~'))[0];
}

const rank = (license: GrantedLicense): number => (license.Status === 'AVAILABLE' ? 2 : 0) + (license.ReceivedMetadata?.ReceivedStatus === 'ACTIVE' ? 1 : 0);

function parseHeld(held: string | null): { readonly token: string; readonly tier: string | null } | undefined {
  if (held === null) return undefined;
  const { token, tier } = JSON.parse(held) as { readonly token?: unknown; readonly tier?: unknown };
  return typeof token === 'string' ? { token, tier: typeof tier === 'string' ? tier : null } : undefined;
}
