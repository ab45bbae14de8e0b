import { SQSClient } from '@aws-sdk/client-sqs';
import { CLIENT_SETTINGS, once } from './settings.ts';

export const sqsClient = once(() => new SQSClient(CLIENT_SETTINGS));
