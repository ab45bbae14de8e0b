import { startCloudPlatform, platformOn } from './cloud-platform.ts';
import { startPlatform, type Platform } from './platform.ts';
import { needsMoto, needsNamespaces, needsPostgres } from './requirements.ts';
import { sharedCloud } from './shared-cloud.ts';

export interface TestPlatform {
  readonly name: 'embedded' | 'cloud';
  /** Options of `describe`: what is missing here skips the suite by name. */
  readonly needs: { readonly skip?: string };
  /** `ms` of the platform with everything in one process, as long as it takes on this one. */
  within(ms: number): number;
  /** The environment is the server's and its workers', where they have one. */
  start(environment?: Readonly<Record<string, string | undefined>>): Promise<Platform>;
}

const ALL: Readonly<Record<TestPlatform['name'], TestPlatform>> = {
  embedded: { name: 'embedded', needs: {}, within: (ms) => ms, start: (environment) => startPlatform(environment) },
  cloud: {
    name: 'cloud',
    needs: { ...needsMoto, ...needsPostgres, ...needsNamespaces },
    within: (ms) => 4 * ms,
    start(environment) {
      const shared = sharedCloud();
      return shared === undefined ? startCloudPlatform(environment) : platformOn(shared, environment);
    },
  },
};

/** What the journeys run on: `for (const on of PLATFORMS) describe(…)`. `WINDLASS_TEST_PLATFORMS` names them, the local cloud too. */
export const PLATFORMS: readonly TestPlatform[] = (process.env.WINDLASS_TEST_PLATFORMS ?? 'embedded').split(',').map((name) => {
  const found = ALL[name as TestPlatform['name']];
  if (found === undefined) throw new Error(`WINDLASS_TEST_PLATFORMS: there is no platform ${name}`);
  return found;
});
