import { DescribeCertificateCommand, type ACMClient } from '@aws-sdk/client-acm';
import { apiDomainName } from '../names.ts';
import { found, nameOf, type Check, type CheckNeeds, type Finding } from './check.ts';

/** Whether a name of a certificate stands for a host: itself, or the wildcard of its one label. */
export function covers(name: string, hostname: string): boolean {
  const [wanted, host] = [name.toLowerCase(), hostname.toLowerCase()];
  return wanted === host || (wanted.startsWith('*.') && host.split('.').slice(1).join('.') === wanted.slice(2));
}

/** A certificate of the file, and the name that it has to stand for. */
interface Wanted {
  readonly key: string;
  readonly arn: string;
  readonly hostname: string;
}

/** The API's own, the one of a distribution in front of it, and the one of the broker's name. */
function wantedBy({ api, web, dns, hostname, iotBrokerEndpoint }: CheckNeeds['config']): readonly Wanted[] {
  return [
    { key: 'load_balancer.certificate_arn', arn: api.certificateArn, hostname: apiDomainName({ web, hostname }) },
    ...(web.mode === 'cloudfront' && web.certificateArn !== null ? [{ key: 'web.certificate_arn', arn: web.certificateArn, hostname }] : []),
    ...(dns.iotCertificateArn !== null && iotBrokerEndpoint !== null
      ? [{ key: 'dns.iot_certificate_arn', arn: dns.iotCertificateArn, hostname: iotBrokerEndpoint }] : []),
  ];
}

/** Every certificate is there, issued, and for the name that it is used with. */
export const checkCertificate: Check = async ({ aws, config, elsewhere }) => {
  const findings: Finding[] = [];
  for (const wanted of wantedBy(config)) {
    const region = wanted.arn.split(':')[3] ?? config.region;
    const there = region === config.region ? aws : elsewhere(region);
    findings.push(await look(there.acm, wanted));
    if (there !== aws) there.close();
  }
  return findings;
};

async function look(acm: ACMClient, { key, arn, hostname }: Wanted): Promise<Finding> {
  const { ok, failed } = found('certificate');
  try {
    const { Certificate } = await acm.send(new DescribeCertificateCommand({ CertificateArn: arn }));
    if (Certificate?.Status !== 'ISSUED') return failed(`${key}: its status is ${Certificate?.Status ?? 'unknown'}, not ISSUED`);
    const names = [Certificate.DomainName ?? '', ...(Certificate.SubjectAlternativeNames ?? [])];
    if (!names.some((name) => covers(name, hostname))) return failed(`${key}: does not cover ${hostname}, only ${[...new Set(names)].join(', ')}`);
    return ok(`issued, covers ${hostname}`);
  } catch (error) {
    return failed(`${key}: cannot be read (${nameOf(error)})`);
  }
}
