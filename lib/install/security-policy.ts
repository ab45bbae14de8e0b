/** Names of the load balancer that the file was written for, as API Gateway's policies of at least the same strictness. */
const FIPS_12 = 'SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09';
const FIPS_13 = 'SecurityPolicy_TLS13_1_3_FIPS_2025_09';
const OWN_NAMES = [
  'TLS_1_2',
  'SecurityPolicy_TLS13_1_3_2025_09',
  FIPS_13,
  'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09',
  FIPS_12,
  'SecurityPolicy_TLS13_1_2_PQ_2025_09',
  'SecurityPolicy_TLS13_1_2_2021_06',
];

/** API Gateway's policy for a name, or why there is none. */
export function securityPolicy(name: string): { readonly policy: string } | { readonly fault: string } {
  if (OWN_NAMES.includes(name)) return { policy: name };
  if (name === 'TLS_1_0') return { fault: 'admits TLS 1.0; choose one that begins with TLS 1.2' };
  if (!name.startsWith('ELBSecurityPolicy-')) return { fault: `must be a load balancer's policy (ELBSecurityPolicy-…) or one of ${OWN_NAMES.join(', ')}` };
  const rest = name.slice('ELBSecurityPolicy-'.length);
  const fips = /FIPS/.test(rest);
  if (/^TLS13-1-3/.test(rest)) return { policy: fips ? FIPS_13 : 'SecurityPolicy_TLS13_1_3_2025_09' };
  if (/^TLS13-1-2/.test(rest)) return { policy: fips ? FIPS_12 : 'SecurityPolicy_TLS13_1_2_PQ_2025_09' };
  if (/^(TLS-1-2-|FS-1-2-)/.test(rest)) return { policy: fips ? FIPS_12 : 'TLS_1_2' };
  return { fault: 'admits TLS 1.0 or 1.1; choose a policy whose name says 1-2 or 1-3' };
}
