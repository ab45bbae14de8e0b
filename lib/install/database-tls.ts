import { X509Certificate } from 'node:crypto';
import type { InstallConfig } from './config.ts';

/** How the service names itself in the certificates of its authorities. */
const DATABASE_AUTHORITY = /^OU=Amazon RDS$/m;

/**
 * How functions that connect to our database by themselves do it: always encrypted, and where its authority is at hand they also make sure who
 * answers. Amazon's runtime brings the authorities of its main partition; those of another have to be given.
 */
export function databaseSslMode(config: Pick<InstallConfig, 'partition' | 'caCertificates'>): 'verify-full' | 'require' {
  const isGiven = config.caCertificates.some((pem) => DATABASE_AUTHORITY.test(new X509Certificate(pem).subject));
  return config.partition === 'aws' || isGiven ? 'verify-full' : 'require';
}
