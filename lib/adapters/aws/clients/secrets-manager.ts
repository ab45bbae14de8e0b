import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CLIENT_SETTINGS, once } from './settings.ts';

export const secretsManagerClient = once(() => new SecretsManagerClient(CLIENT_SETTINGS));
