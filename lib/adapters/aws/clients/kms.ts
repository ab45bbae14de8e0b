import { KMSClient } from '@aws-sdk/client-kms';
import { CLIENT_SETTINGS, once } from './settings.ts';

export const kmsClient = once(() => new KMSClient(CLIENT_SETTINGS));
