// Asks for the licence: on schedule, and when something is deployed.
import { licenseFunction } from '../lib/runtime/license-function.ts';

export const handler = licenseFunction(process.env);
