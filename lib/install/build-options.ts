import { distribution, type Distribution } from '../adapters/license/distribution.ts';
import type { ReadOptions } from './read-config.ts';

/** What a distributor's build asks of a file. It is read from the build itself: no word of a command line says otherwise. */
export const buildOptions = (build: Distribution = distribution()): Pick<ReadOptions, 'licenseRequired' | 'licenseFixed'> =>
  ({ licenseRequired: build.required, licenseFixed: build.productSku !== null });
