import { RDSData } from '@aws-sdk/client-rds-data';
import { CLIENT_SETTINGS, once } from './settings.ts';

/** Longer than the service lets a statement run, and never repeated by itself: only the caller knows which statement may run twice. */
export const rdsDataClient = once(
  () => new RDSData({ ...CLIENT_SETTINGS, maxAttempts: 1, requestHandler: { ...CLIENT_SETTINGS.requestHandler, requestTimeout: 50_000 } }),
);
