import { DescribeCertificateCommand } from '@aws-sdk/client-acm';
import { found, nameOf, type Check } from './check.ts';

/** Whether a name of a certificate stands for a host: itself, or the wildcard of its one label. */
export function covers(name: string, hostname: string): boolean {
  const [wanted, host] = [name.toLowerCase(), hostname.toLowerCase()];
  return wanted === host || (wanted.startsWith('*.') && host.split('.').slice(1).join('.') === wanted.slice(2));
}

/** The certificate of the API's domain is there, issued, and for the host name. */
export const checkCertificate: Check = async ({ aws, config }) => {
  const { ok, failed } = found('certificate');
  const arn = config.api.certificateArn;
  try {
    const { Certificate } = await aws.acm.send(new DescribeCertificateCommand({ CertificateArn: arn }));
    if (Certificate?.Status !== 'ISSUED') return [failed(`load_balancer.certificate_arn: its status is ${Certificate?.Status ?? 'unknown'}, not ISSUED`)];
    const names = [Certificate.DomainName ?? '', ...(Certificate.SubjectAlternativeNames ?? [])];
    if (!names.some((name) => covers(name, config.hostname))) return [failed(`load_balancer.certificate_arn: does not cover ${config.hostname}, only ${[...new Set(names)].join(', ')}`)];
    return [ok(`issued, covers ${config.hostname}`)];
  } catch (error) {
    return [failed(`load_balancer.certificate_arn: cannot be read (${nameOf(error)})`)];
  }
};
