import semver from 'semver';
import { readParameter } from '../aws/parameters.ts';
import { parameterName } from '../names.ts';
import { found, type Check } from './check.ts';

/** Versions that every upgrade must stop at, since what comes later cannot read what came before; none so far. */
const STOPS: readonly string[] = [];

/** Which version must be installed in between; undefined when the step is allowed. */
export function stopBetween(installed: string, next: string, stops: readonly string[] = STOPS): string | undefined {
  return [...stops].sort(semver.compare).find((stop) => semver.lt(installed, stop) && semver.lt(stop, next));
}

/** An upgrade goes through each version that it must stop at, and never back. */
export const checkVersionStep: Check = async ({ aws, config, version }) => {
  const { ok, failed } = found('version');
  const installed = await readParameter(aws, parameterName(config.prefix, 'install', 'version'));
  if (installed === undefined) return [ok(`first installation of ${version}`)];
  if (semver.gt(installed, version)) return [failed(`${installed} is installed, and ${version} is older; a database cannot go back`)];
  const stop = stopBetween(installed, version);
  return [stop === undefined ? ok(installed === version ? `${version} again` : `${installed} to ${version}`) : failed(`${installed} cannot be upgraded to ${version} at once; install ${stop} first`)];
};
