import { LicenseManagerClient } from '@aws-sdk/client-license-manager';
import middy from '@middy/core';
import { secretsManagerClient } from '../adapters/aws/clients/secrets-manager.ts';
import { CLIENT_SETTINGS } from '../adapters/aws/clients/settings.ts';
import { secrets as awsSecrets } from '../adapters/aws/secrets.ts';
import { awsLicense, MARKETPLACE_FINGERPRINT, type LicenseProduct } from '../adapters/license/aws-license.ts';
import { distribution } from '../adapters/license/distribution.ts';
import { s3Records } from '../adapters/license/s3-records.ts';
import { admitDeployment } from '../core/license/actions/admit-deployment.ts';
import { checkLicense } from '../core/license/actions/check-license.ts';
import { releaseLicense } from '../core/license/actions/release-license.ts';
import type { LicenseAuthority } from '../core/ports/license.ts';
import { invalid } from '../core/shared/errors.ts';
import { awsBase, type AwsBase, type Environment } from './aws-base.ts';
import { tokenAuthority } from './aws-license.ts';
import { answerCustomResource, isCustomResourceEvent, type CustomResourceEvent } from './custom-resource.ts';

/** What the properties of the custom resource say of the licence. */
interface Asked {
  readonly ProductSku?: string;
  readonly KeyFingerprint?: string;
  readonly Entitlements?: readonly string[];
}

/** Before the other region takes over; the next check in this one takes the licence again. */
const isRelease = (event: unknown): boolean => (event as { readonly do?: unknown } | null)?.do === 'release';

const STEPS = { Create: 'create', Update: 'update', Delete: 'delete' } as const;

/** The function that alone asks for the licence: each half hour, and before a deployment changes anything. Nothing of it needs the database. */
export function licenseFunction(environment: Environment) {
  const base = awsBase(environment);
  const { config, clock, telemetry } = base;
  const type = config.licenseType;
  const records = s3Records({ environment, bucket: config.buckets.states ?? '' });
  const tokens = tokenAuthority({ config, clock, secrets: awsSecrets({ client: secretsManagerClient, clock }) });

  /** Whom to ask, and for what: the deployment's word, or the last one's; undefined when none has said it. */
  async function authorityFor(asksFor: string | undefined): Promise<LicenseAuthority | undefined> {
    if (type !== 'aws') return type === 'jwt' ? tokens : undefined;
    const product = productOf(asksFor ?? (await records.read())?.record.asksFor ?? '{}');
    return product === undefined ? undefined : managed(base, product);
  }

  async function deploy({ RequestType, RequestId, ResourceProperties }: CustomResourceEvent): Promise<void> {
    if (type === 'none') return;
    const { ProductSku, KeyFingerprint, Entitlements } = ResourceProperties as Asked;
    const asksFor = JSON.stringify({ ProductSku, KeyFingerprint, Entitlements });
    const authority = await authorityFor(asksFor);
    if (authority !== undefined) await admitDeployment({ authority, records, clock, telemetry, requestId: RequestId, asksFor }, STEPS[RequestType]);
    else if (RequestType !== 'Delete') throw invalid('the deployment names no licence to ask for: set license.product_sku and license.entitlements');
  }

  return middy<unknown, unknown>().handler(async (event: unknown, context) => {
    base.invocations.begin(context);
    if (isCustomResourceEvent(event)) return answerCustomResource(event, 'license', telemetry, () => deploy(event));
    const authority = await authorityFor(undefined);
    if (isRelease(event)) {
      if (authority !== undefined) await releaseLicense({ authority, records });
      return { released: authority !== undefined };
    }
    if (authority === undefined) {
      if (type !== 'none') telemetry.log('error', 'no deployment has said yet which licence to ask for');
      return { checked: false };
    }
    const checked = await checkLicense({ authority, records, clock, telemetry });
    return { checked: checked !== undefined, state: checked?.terms.state ?? null };
  });
}

const managed = ({ clock, ids }: AwsBase, product: LicenseProduct): LicenseAuthority =>
  awsLicense({
    product,
    clientIn: (region) => new LicenseManagerClient(region === undefined ? CLIENT_SETTINGS : { ...CLIENT_SETTINGS, region }),
    clock,
    newId: () => ids.ulid(),
  });

/** What a deployment asks for; what the build fixes cannot be asked for otherwise. */
function productOf(asksFor: string): LicenseProduct | undefined {
  const fixed = distribution();
  const asked = JSON.parse(asksFor) as Asked;
  const sku = fixed.productSku ?? asked.ProductSku ?? '';
  const entitlements = asked.Entitlements ?? [];
  if (sku === '' || entitlements.length === 0) return undefined;
  return { sku, entitlements, fingerprint: fixed.keyFingerprint ?? (asked.KeyFingerprint || MARKETPLACE_FINGERPRINT) };
}
