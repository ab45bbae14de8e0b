import { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane';
import { CLIENT_SETTINGS, once } from './settings.ts';

export const iotDataClient = once(() => new IoTDataPlaneClient(CLIENT_SETTINGS));
