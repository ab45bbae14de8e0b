import semver from 'semver';
import type { LogLevel } from '../core/ports/telemetry.ts';
import type { PolicyLimits, Settings } from '../core/ports/settings.ts';
import { EnvironmentReader, isLoopback, type Address } from './environment.ts';
import type { Admitted } from '../adapters/http/addresses.ts';
import { readOutbound } from './outbound.ts';
import { readPolicyLimits } from './policy-limits.ts';
import { readToolLists } from './tool-lists.ts';
import { readUsageEndpoint } from './usage-endpoint.ts';

/** Everything the embedded server is told by its environment (embedded.md, aws-install.md §11). */
export interface EmbeddedConfig {
  readonly dataFolder: string;
  readonly listen: Address;
  readonly mqttListen: Address;
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | null;
  /** Public host name; null means the listen address. */
  readonly serverDomain: string | null;
  /** True when both addresses are loopback: one person's machine. */
  readonly loopbackOnly: boolean;
  readonly databaseUrl: string | null;
  readonly accountName: string;
  readonly admin: { readonly username: string; readonly password: string } | null;
  readonly adminApiKey: { readonly id: string; readonly secret: string } | null;
  /** PEM. */
  readonly rsaPrivateKey: string | null;
  readonly worker: { readonly execution: 'process' | 'off'; readonly count: number };
  readonly gitPollSeconds: number;
  readonly gitCredentialsFile: string | null;
  readonly terraformAllowedVersions: string | null;
  readonly mqtt: { readonly endpoint: string | null; readonly namespace: string; readonly logLevel: LogLevel };
  readonly policyLimits: PolicyLimits;
  readonly outbound: Admitted;
  readonly usageEndpoint: string | null;
  readonly toolLists: NonNullable<Settings['toolLists']> | null;
  readonly license: { readonly type: 'none' } | { readonly type: 'jwt'; readonly token: string };
  readonly logFormat: 'json' | 'text';
  readonly logLevel: LogLevel;
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** What this mode offers for a choice that other installations make otherwise; anything else is a fault, not a surprise. */
const ONLY_CHOICES: Readonly<Record<string, { readonly accepted: readonly string[]; readonly instead: string }>> = {
  MESSAGE_QUEUE_TYPE: { accepted: ['postgres', 'builtin'], instead: 'postgres' },
  ENCRYPTION_TYPE: { accepted: ['rsa'], instead: 'rsa' },
  MQTT_BROKER_TYPE: { accepted: ['builtin'], instead: 'builtin' },
  OBJECT_STORAGE_TYPE: { accepted: ['builtin', 'files'], instead: 'files' },
  OBSERVABILITY_VENDOR: { accepted: ['Disabled'], instead: 'Disabled' },
};

function readKey(read: EnvironmentReader): string | null {
  const text = read.text('ENCRYPTION_RSA_PRIVATE_KEY');
  if (text === undefined) return null;
  const pem = text.includes('-----BEGIN') ? text : Buffer.from(text, 'base64').toString('utf8');
  if (!pem.includes('-----BEGIN')) read.fault('ENCRYPTION_RSA_PRIVATE_KEY', 'is not base64 of a PEM private key (openssl genrsa 4096 | base64 -w0)');
  return pem;
}

function readDatabase(read: EnvironmentReader): string | null {
  const text = read.text('DATABASE_URL');
  if (text === undefined) return null;
  if (!/^postgres(ql)?:\/\/[^\s]+$/.test(text) || !URL.canParse(text)) read.fault('DATABASE_URL', 'is not a URL such as postgres://user:password@host:5432/windlass');
  return text;
}

function readPair(read: EnvironmentReader, first: string, second: string): readonly [string, string] | null {
  const a = read.text(first);
  const b = read.text(second);
  if (a === undefined && b === undefined) return null;
  if (a === undefined) read.fault(first, `is needed beside ${second}`);
  if (b === undefined) read.fault(second, `is needed beside ${first}`);
  return a !== undefined && b !== undefined ? [a, b] : null;
}

/** The token is not needed to start: without it the installation is one whose licence is denied. */
function readLicense(read: EnvironmentReader): EmbeddedConfig['license'] {
  const type = read.text('LICENSE_TYPE') ?? 'none';
  if (type === 'jwt') return { type, token: read.text('LICENSE_TOKEN') ?? '' };
  if (type !== 'none') read.fault('LICENSE_TYPE', `${JSON.stringify(type)} is not available on one machine; leave it out or set jwt`);
  return { type: 'none' };
}

/** Parses the environment; throws nothing: `faults` holds every problem, in words with the variable first. */
export function readEmbeddedConfig(environment: Readonly<Record<string, string | undefined>>): { readonly config: EmbeddedConfig; readonly faults: readonly string[] } {
  const read = new EnvironmentReader(environment);
  for (const [name, { accepted, instead }] of Object.entries(ONLY_CHOICES)) {
    const text = read.text(name);
    if (text !== undefined && !accepted.includes(text)) read.fault(name, `${JSON.stringify(text)} is not available on one machine; leave it out or set ${instead}`);
  }
  const listen = read.address('WINDLASS_LISTEN', { host: '127.0.0.1', port: 1983 });
  const mqttListen = read.address('WINDLASS_MQTT_LISTEN', { host: listen.host, port: 1984 });
  if (mqttListen.port !== 0 && mqttListen.port === listen.port) read.fault('WINDLASS_MQTT_LISTEN', `port ${listen.port} is already WINDLASS_LISTEN's`);
  const tls = readPair(read, 'WINDLASS_TLS_CERT', 'WINDLASS_TLS_KEY');
  const serverDomain = read.text('SERVER_DOMAIN') ?? null;
  if (serverDomain !== null && !/^[A-Za-z0-9.-]+(:\d{1,5})?$/.test(serverDomain)) read.fault('SERVER_DOMAIN', `${JSON.stringify(serverDomain)} is not a host name (no scheme, no slash)`);
  const loopbackOnly = isLoopback(listen.host) && isLoopback(mqttListen.host);
  if (!isLoopback(listen.host) && serverDomain === null) read.fault('SERVER_DOMAIN', `is needed when listening beyond loopback (${listen.host}): tokens and links carry it`);
  const accountName = read.text('ACCOUNT_NAME') ?? 'local';
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{1,37}$/.test(accountName)) read.fault('ACCOUNT_NAME', `${JSON.stringify(accountName)} must be 2 to 38 letters, digits, "-" or "_", starting with a letter or digit`);
  const admin = readPair(read, 'ADMIN_USERNAME', 'ADMIN_PASSWORD');
  const apiKey = readPair(read, 'ADMIN_API_KEY_ID', 'ADMIN_API_KEY_SECRET');
  if (apiKey !== null && apiKey[1].length < 32) read.fault('ADMIN_API_KEY_SECRET', 'must have at least 32 characters');
  if (apiKey !== null && !/^[A-Za-z0-9_-]{1,64}$/.test(apiKey[0])) read.fault('ADMIN_API_KEY_ID', 'may hold letters, digits, "-" and "_", at most 64');
  const asked = read.oneOf('EMBEDDED_WORKER', ['process', 'docker', 'off'], loopbackOnly ? 'process' : 'off');
  if (asked === 'docker') read.fault('EMBEDDED_WORKER', 'docker execution is not available yet; set process or off');
  const allowed = read.text('TERRAFORM_ALLOWED_VERSIONS') ?? null;
  if (allowed !== null && semver.validRange(allowed) === null) read.fault('TERRAFORM_ALLOWED_VERSIONS', `${JSON.stringify(allowed)} is not a version range such as ">=1.6.0 <1.12.0"`);
  const config: EmbeddedConfig = {
    dataFolder: read.text('WINDLASS_DATA') ?? '.windlass',
    listen,
    mqttListen,
    tls: tls === null ? null : { certificateFile: tls[0], keyFile: tls[1] },
    serverDomain,
    loopbackOnly,
    databaseUrl: readDatabase(read),
    accountName,
    admin: admin === null ? null : { username: admin[0], password: admin[1] },
    adminApiKey: apiKey === null ? null : { id: apiKey[0], secret: apiKey[1] },
    rsaPrivateKey: readKey(read),
    worker: { execution: asked === 'off' ? 'off' : 'process', count: read.whole('EMBEDDED_WORKER_COUNT', 2, 1, 64) },
    gitPollSeconds: read.whole('WINDLASS_GIT_POLL_SECONDS', 60, 1, 86_400),
    gitCredentialsFile: read.text('GIT_CREDENTIALS_FILE') ?? null,
    terraformAllowedVersions: allowed,
    mqtt: {
      endpoint: read.text('MQTT_BROKER_ENDPOINT') ?? null,
      namespace: read.text('MQTT_BROKER_IOTCORE_NAMESPACE') ?? 'spacelift',
      logLevel: read.oneOf('MQTT_BROKER_BUILTIN_LOG_LEVEL', LEVELS, 'error'),
    },
    policyLimits: readPolicyLimits(read),
    outbound: readOutbound(read),
    usageEndpoint: readUsageEndpoint(read),
    toolLists: readToolLists(read, 'publishers'),
    license: readLicense(read),
    logFormat: read.oneOf('LOG_FORMAT', ['json', 'text'], 'json'),
    logLevel: read.oneOf('LOG_LEVEL', LEVELS, 'info'),
  };
  return { config, faults: read.faults };
}
