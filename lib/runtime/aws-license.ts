import type { Secrets } from '../adapters/aws/secrets.ts';
import { distribution } from '../adapters/license/distribution.ts';
import { jwtLicense } from '../adapters/license/jwt-license.ts';
import { tokenOf } from '../adapters/license/license-secret.ts';
import { noLicense } from '../adapters/license/none-license.ts';
import { objectRecords } from '../adapters/license/object-records.ts';
import { keptLicense } from '../core/license/kept-license.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { License, LicenseAuthority } from '../core/ports/license.ts';
import type { ObjectStore } from '../core/ports/object-store.ts';
import type { AwsConfig } from './aws-config.ts';

interface Parts {
  readonly config: Pick<AwsConfig, 'licenseType' | 'accountId' | 'accountName' | 'secrets'>;
  readonly secrets: Pick<Secrets, 'text'>;
  readonly clock: Clock;
}

/** The licence as functions read it: what the licence's own function wrote down, and a token besides, which needs nobody's answer. */
export function functionLicense(parts: Parts & { readonly objects: Pick<ObjectStore, 'get' | 'put'> }): License {
  const { licenseType: type } = parts.config;
  // Where the build needs a licence and the environment asks for none, nothing is ever written down: restricted.
  if (type === 'none' && !distribution().required) return noLicense;
  return keptLicense({ type, records: objectRecords(parts.objects), clock: parts.clock, ...(type === 'jwt' ? { asks: tokenAuthority(parts) } : {}) });
}

/** Licences as tokens in the installation's secret. */
export function tokenAuthority({ config, secrets, clock }: Parts): LicenseAuthority {
  return jwtLicense({
    token: async () => (config.secrets.license === null ? undefined : tokenOf(await secrets.text(config.secrets.license))),
    publicKeys: distribution().publicKeys,
    installation: { awsAccountId: config.accountId, accountName: config.accountName },
    clock,
  });
}
