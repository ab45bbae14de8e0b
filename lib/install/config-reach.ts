import type { InstallConfig } from './config.ts';
import type { DocumentReader } from './document.ts';
import { cidrs, hostNames } from './formats.ts';
import type { Context } from './read-config.ts';

/** A function's environment holds 4 KiB in all. */
const MOST_CHARACTERS = 1000;

/** Where webhooks may go beside the public internet. */
export function readOutbound(read: DocumentReader, network: InstallConfig['network'], { warnings }: Context): InstallConfig['outbound'] {
  const allowedCidrs = cidrs(read, 'allowed_cidrs', 'name the networks that webhooks are to reach');
  const allowedHosts = hostNames(read, 'allowed_hosts');
  for (const [name, list] of [['allowed_cidrs', allowedCidrs], ['allowed_hosts', allowedHosts]] as const)
    if (list.join(',').length > MOST_CHARACTERS) read.fault(name, `is longer than ${MOST_CHARACTERS} characters, for which environments of functions have no room`);
  if (network.mode === 'none' && allowedCidrs.length + allowedHosts.length > 0)
    warnings.push('outbound: functions stand outside any network, and reach no private one');
  return { allowedCidrs, allowedHosts };
}

/** What requests are traced with, and where to. */
export function readTelemetry(read: DocumentReader): InstallConfig['telemetry'] {
  const vendor = read.oneOf('vendor', ['AWS', 'OpenTelemetry', 'Disabled'], 'AWS');
  const otlpEndpoint = read.text('otlp_endpoint');
  const url = otlpEndpoint !== null && URL.canParse(otlpEndpoint) ? new URL(otlpEndpoint) : undefined;
  if (otlpEndpoint !== null && !/^https?:$/.test(url?.protocol ?? '')) read.fault('otlp_endpoint', 'must carry a scheme, as in http://collector.example.com:4317');
  if (url !== undefined && (url.username !== '' || url.password !== ''))
    read.fault('otlp_endpoint', 'must not hold a user or a password: it would be readable in the environment of every function');
  if (vendor === 'OpenTelemetry' && otlpEndpoint === null) read.fault('otlp_endpoint', 'is required with vendor OpenTelemetry');
  if (vendor !== 'OpenTelemetry' && otlpEndpoint !== null) read.fault('otlp_endpoint', `has no meaning with vendor ${vendor}: set OpenTelemetry`);
  return { vendor, otlpEndpoint };
}
