import type { ApiConfig, InstallConfig, ResourceTag } from './config.ts';
import type { DocumentReader } from './document.ts';
import { arn, cidrs } from './formats.ts';
import type { Context } from './read-config.ts';
import { securityPolicy } from './security-policy.ts';

const DEFAULT_POLICY = 'ELBSecurityPolicy-TLS-1-2-2017-01';

/** The block of a load balancer, which there is none of: it says how the API is reached. */
export function readApi(balancer: DocumentReader, api: DocumentReader, { partition, region, warnings }: Context): ApiConfig {
  const like = `arn:${partition}:acm:${region}:123456789012:certificate/…`;
  if (!balancer.isSet('certificate_arn')) balancer.fault('certificate_arn', 'is required');
  const certificateArn = arn(balancer, 'certificate_arn', { partition, service: 'acm', region, resource: /^certificate\/.+$/, like }) ?? '';
  const internal = balancer.oneOf('scheme', ['internet-facing', 'internal'], 'internet-facing') === 'internal';
  if (internal) warnings.push('load_balancer.scheme: an internal API receives neither webhooks of hosted git services nor commands from Slack');
  if (internal && api.isSet('mutual_tls_truststore')) api.fault(
    'mutual_tls_truststore',
    'has no effect on an internal API: the name of a private API takes no certificates of clients; leave it out',
  );
  const placement = balancer.oneOf('subnet_placement', ['public', 'private', ''], '');
  return {
    certificateArn,
    internal,
    securityPolicy: readPolicy(balancer),
    subnetPlacement: placement === '' ? null : placement,
    tag: readTag(balancer.block('tag')),
    waf: api.bool('waf', true),
    allowedCidrs: cidrs(api, 'allowed_cidrs'),
    mutualTlsTruststore: api.matching(
      'mutual_tls_truststore',
      /^s3:\/\/[a-z0-9.-]{3,63}\/.+$/,
      'is not the address of an object such as s3://bucket/authorities.pem',
    ),
  };
}

function readPolicy(balancer: DocumentReader): string {
  const found = securityPolicy(balancer.text('ssl_policy') ?? DEFAULT_POLICY);
  if ('policy' in found) return found.policy;
  balancer.fault('ssl_policy', found.fault);
  return 'TLS_1_2';
}

function readTag(read: DocumentReader): ResourceTag | null {
  const key = read.text('key');
  const value = read.text('value');
  if (key === null && value === null) return null;
  if (key === null) read.fault('key', 'is needed beside value');
  if (value === null) read.fault('value', 'is needed beside key');
  return { key: key ?? '', value: value ?? '' };
}

/** Where the web interface comes from. */
export function readWeb(read: DocumentReader, { partition }: Context, api: ApiConfig): InstallConfig['web'] {
  const mode = read.oneOf('mode', ['gateway', 'cloudfront'], 'gateway');
  const certificateArn = arn(read, 'certificate_arn', {
    partition,
    service: 'acm',
    region: 'us-east-1',
    resource: /^certificate\/.+$/,
    like: `arn:${partition}:acm:us-east-1:123456789012:certificate/…`,
  });
  if (mode === 'gateway') return { mode, certificateArn };
  if (api.internal) read.fault('mode', 'a distribution cannot reach an internal API; set gateway');
  if (partition !== 'aws') read.fault('mode', `the partition ${partition} has no distributions; set gateway`);
  if (!read.isSet('certificate_arn')) read.fault('certificate_arn', 'is required with mode cloudfront');
  if (api.allowedCidrs.length > 0) read.fault(
    'mode',
    'api.allowed_cidrs would be compared with the addresses of the distribution; set gateway, or leave them out',
  );
  if (api.mutualTlsTruststore !== null) read.fault('mode', 'a distribution has no certificate for api.mutual_tls_truststore; set gateway, or leave that out');
  return { mode, certificateArn };
}
