// Certificates and policies of worker pools.
import { provisionerFunction } from '../lib/runtime/aws-provisioner.ts';

export const handler = provisionerFunction(process.env);
