import { IoTClient } from '@aws-sdk/client-iot';
import { CLIENT_SETTINGS, once } from './settings.ts';

export const iotClient = once(() => new IoTClient(CLIENT_SETTINGS));

/** The same service in another region, where certificates are registered for a switch-over. */
export const iotClientIn = (region: string): IoTClient => new IoTClient({ ...CLIENT_SETTINGS, region });
