import { placeOf } from '../aws/secret-values.ts';
import { secretName, SHARED_SECRETS } from '../names.ts';
import { found, type Check } from './check.ts';

/** A standby makes no secrets: it reads what the first region has copied to it. */
export const checkSharedSecrets: Check = async ({ aws, config }) => {
  const { ok, failed } = found('shared secrets');
  if (config.disasterRecovery === null || !config.disasterRecovery.isStandby) return [];
  const isMade = (name: string): boolean =>
    name.startsWith('database') ? config.database.external === null : name !== 'origin' || config.web.mode === 'cloudfront';
  const needed = SHARED_SECRETS.filter(isMade);
  const missing: string[] = [];
  for (const name of needed) if ((await placeOf(aws, secretName(config.prefix, name))) === undefined) missing.push(secretName(config.prefix, name));
  if (missing.length === 0) return [ok(`${needed.length} are here`)];
  const how = `install ${config.disasterRecovery.replicaRegion} first, with disaster_recovery.replica_region ${config.region}`;
  return [failed(`${missing.join(', ')} ${missing.length === 1 ? 'has' : 'have'} no copy in ${config.region}: ${how}`)];
};
