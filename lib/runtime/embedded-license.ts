import { distribution, type Distribution } from '../adapters/license/distribution.ts';
import { jwtLicense } from '../adapters/license/jwt-license.ts';
import { noLicense } from '../adapters/license/none-license.ts';
import { objectRecords } from '../adapters/license/object-records.ts';
import { checkLicense } from '../core/license/actions/check-license.ts';
import { keptLicense } from '../core/license/kept-license.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { License } from '../core/ports/license.ts';
import type { ObjectStore } from '../core/ports/object-store.ts';
import type { Telemetry } from '../core/ports/telemetry.ts';
import type { EmbeddedConfig } from './config.ts';
import { StartError } from './start-error.ts';

export interface EmbeddedLicense extends License {
  /** Asks again and writes down what was answered: at the start, and each time the licence is due. */
  check(): Promise<void>;
}

/** The licence of one machine: none, or a token of the environment. A build that needs one does not start without. */
export function embeddedLicense(options: {
  readonly config: Pick<EmbeddedConfig, 'license' | 'accountName'>;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** In place of this build's own. */
  readonly build?: Distribution;
}): EmbeddedLicense {
  const { config, objects, clock, telemetry } = options;
  const { required, publicKeys } = options.build ?? distribution();
  if (config.license.type === 'none') {
    if (required) throw new StartError('LICENSE_TYPE: this build needs a licence: set jwt, and LICENSE_TOKEN');
    return { ...noLicense, check: () => Promise.resolve() };
  }
  const { token } = config.license;
  const authority = jwtLicense({ token: () => Promise.resolve(token), publicKeys, installation: { awsAccountId: null, accountName: config.accountName }, clock });
  const records = objectRecords(objects);
  return {
    ...keptLicense({ type: 'jwt', records, clock, asks: authority }),
    async check() {
      await checkLicense({ authority, records, clock, telemetry });
    },
  };
}
