import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { decodePoolToken } from '../protocol/pool-token.ts';
import type { PoolToken } from '../protocol/pool-token.ts';
import { parseDuration } from './durations.ts';
import { messageOf } from './log.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A launcher variable handed to runs; a stage keeps it to the phases that only read, or to those that write. */
export interface WhitelistItem {
  readonly name: string;
  /** Name in the launcher's environment, tried in order. */
  readonly sources: readonly string[];
  readonly stage: 'read' | 'write' | 'all';
}

export interface LauncherConfig {
  readonly token: PoolToken;
  readonly privateKey: KeyObject;
  readonly maskNames: readonly string[];
  readonly sensitiveOutputs: boolean;
  readonly logsOnStandardOutput: boolean;
  readonly noOutputTimeoutMs: number;
  readonly runTimeoutMs: number;
  readonly debug: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  readonly privateVcs: Readonly<Record<string, string>>;
  readonly whitelist: readonly WhitelistItem[];
  readonly workDir: string;
  /** Run folders: the same path for a run on every worker, because a saved plan holds absolute paths. */
  readonly runRoot: string;
  readonly toolMirror: string | null;
  readonly toolDownloads: boolean;
  /** PEM texts. */
  readonly additionalRootCas: readonly string[];
  readonly shutdownGraceMs: number;
  readonly stateProxyBind: string;
  readonly hostname: string;
  /** File with the operator's own policy on what may run here. */
  readonly initializationPolicy: string | null;
  readonly environment: Environment;
}

/** Every fault of the environment at once; the program ends with 2. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

export function readConfig(env: Environment): LauncherConfig {
  const faults: string[] = [];
  const take = <T>(read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch (error) {
      faults.push(messageOf(error));
      return otherwise;
    }
  };
  const duration = (name: string, otherwise: number) => take(() => readDuration(env, name, otherwise), otherwise);

  const token = take(() => readToken(env), undefined);
  const privateKey = take(() => readPrivateKey(env), undefined);
  if (token && privateKey) take(() => checkKeyPair(token, privateKey), undefined);
  take(() => refuseUnsupported(env), undefined);
  const config = {
    maskNames: list(env.SPACELIFT_MASK_ENVS),
    sensitiveOutputs: boolean(env.SPACELIFT_SENSITIVE_OUTPUT_UPLOAD_ENABLED, false),
    logsOnStandardOutput: boolean(env.SPACELIFT_RUN_LOGS_ON_STANDARD_OUTPUT_ENABLED, false),
    noOutputTimeoutMs: duration('SPACELIFT_LAUNCHER_LOGS_TIMEOUT', 7 * 60_000),
    runTimeoutMs: duration('SPACELIFT_LAUNCHER_RUN_TIMEOUT', 70 * 60_000),
    debug: boolean(env.SPACELIFT_DEBUG, false),
    metadata: take(() => readMetadata(env), {}),
    privateVcs: take(() => readPrivateVcs(env), {}),
    whitelist: take(() => readWhitelist(env), []),
    workDir: resolve(env.SPACELIFT_LAUNCHER_WORK_DIR || '/opt/spacelift'),
    runRoot: resolve(env.WINDLASS_RUN_ROOT || '/var/tmp/windlass'),
    toolMirror: take(() => readUrl(env, 'SPACELIFT_LAUNCHER_TOOL_MIRROR'), null),
    toolDownloads: boolean(env.SPACELIFT_LAUNCHER_TOOL_DOWNLOADS, true),
    additionalRootCas: take(() => readRootCas(env), []),
    shutdownGraceMs: duration('SPACELIFT_LAUNCHER_SHUTDOWN_GRACE', 0),
    stateProxyBind: env.SPACELIFT_LAUNCHER_STATE_PROXY_BIND || '127.0.0.1',
    hostname: hostname(),
    initializationPolicy: env.SPACELIFT_LAUNCHER_RUN_INITIALIZATION_POLICY?.trim() || null,
    environment: env,
  };
  if (faults.length > 0 || !token || !privateKey) throw new ConfigError(faults);
  return { token, privateKey, ...config };
}

export const boolean = (text: string | undefined, otherwise: boolean): boolean => (text ? ['true', '1'].includes(text.trim().toLowerCase()) : otherwise);

const list = (text: string | undefined): readonly string[] => (text ?? '').split(',').map((item) => item.trim()).filter((item) => item !== '');

function readDuration(env: Environment, name: string, otherwise: number): number {
  const text = env[name]?.trim();
  if (!text) return otherwise;
  const value = parseDuration(text);
  if (value === undefined) throw new Error(`${name}: ${JSON.stringify(text)} is not a duration; write it like 90s, 70m or 1h30m`);
  return value;
}

function readToken(env: Environment): PoolToken {
  if (!env.SPACELIFT_TOKEN) throw new Error('SPACELIFT_TOKEN is not set; it is the config of the worker pool');
  return decodePoolToken(env.SPACELIFT_TOKEN);
}

function readPrivateKey(env: Environment): KeyObject {
  const descriptor = env.WINDLASS_POOL_KEY_FD;
  const name = descriptor ? 'WINDLASS_POOL_KEY_FD' : 'SPACELIFT_POOL_PRIVATE_KEY';
  if (descriptor && !/^\d+$/.test(descriptor)) throw new Error('WINDLASS_POOL_KEY_FD must be the number of an open file descriptor');
  const text = descriptor ? readDescriptor(Number(descriptor)) : env.SPACELIFT_POOL_PRIVATE_KEY;
  if (!text) throw new Error('SPACELIFT_POOL_PRIVATE_KEY is not set; it is the base64 of the whole private key file of the worker pool');
  const pem = text.includes('-----BEGIN') ? text : Buffer.from(text, 'base64').toString('utf8');
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Error(`${name} holds no private key: it must be the base64 of a PEM file (PKCS#1 or PKCS#8)`);
  }
}

function readDescriptor(descriptor: number): string {
  try {
    return readFileSync(descriptor, 'utf8');
  } catch (cause) {
    throw new Error(`WINDLASS_POOL_KEY_FD: cannot read file descriptor ${descriptor}: ${messageOf(cause)}`, { cause });
  }
}

function checkKeyPair(token: PoolToken, privateKey: KeyObject): void {
  const spki = (key: KeyObject) => key.export({ type: 'spki', format: 'der' });
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(token.certificate);
  } catch (cause) {
    throw new Error('SPACELIFT_TOKEN holds no readable certificate', { cause });
  }
  if (!spki(certificate.publicKey).equals(spki(createPublicKey(privateKey)))) {
    throw new Error('SPACELIFT_POOL_PRIVATE_KEY does not belong to the certificate in SPACELIFT_TOKEN; take both from the same worker pool');
  }
}

function refuseUnsupported(env: Environment): void {
  const execution = env.SPACELIFT_LAUNCHER_EXECUTION?.trim() || 'process';
  if (!['docker', 'process', 'kubernetes'].includes(execution)) throw new Error(`SPACELIFT_LAUNCHER_EXECUTION: ${JSON.stringify(execution)} is none of docker, process, kubernetes`);
  if (execution !== 'process') throw new Error(`SPACELIFT_LAUNCHER_EXECUTION: this version runs only "process", not ${JSON.stringify(execution)}`);
  const watch = env.SPACELIFT_LAUNCHER_SPOT_WATCH?.trim() || 'auto';
  if (!['auto', 'aws', 'off'].includes(watch)) throw new Error(`SPACELIFT_LAUNCHER_SPOT_WATCH: ${JSON.stringify(watch)} is none of auto, aws, off`);
  if (watch === 'aws') throw new Error('SPACELIFT_LAUNCHER_SPOT_WATCH: this version does not watch for spot interruptions');
}

function readMetadata(env: Environment): Record<string, string> {
  const prefix = 'SPACELIFT_METADATA_';
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith(prefix) && name.length > prefix.length).map(([name, value]) => [name.slice(prefix.length), value ?? '']));
}

function readPrivateVcs(env: Environment): Record<string, string> {
  const mapping: Record<string, string> = {};
  for (let n = 0; ; n++) {
    const name = env[`SPACELIFT_PRIVATEVCS_MAPPING_NAME_${n}`];
    const endpoint = env[`SPACELIFT_PRIVATEVCS_MAPPING_BASE_ENDPOINT_${n}`];
    if (!name && !endpoint) return mapping;
    if (!name || !endpoint) throw new Error(`SPACELIFT_PRIVATEVCS_MAPPING_NAME_${n} and SPACELIFT_PRIVATEVCS_MAPPING_BASE_ENDPOINT_${n} must be set together`);
    mapping[name] = endpoint.replace(/\/+$/, '');
  }
}

function readWhitelist(env: Environment): WhitelistItem[] {
  return list(env.SPACELIFT_WHITELIST_ENVS).map((item) => {
    const match = /^(?:(ro|wo)_)?([A-Za-z_][A-Za-z0-9_]*)$/.exec(item);
    if (!match?.[2]) throw new Error(`SPACELIFT_WHITELIST_ENVS: ${JSON.stringify(item)} is not the name of a variable`);
    const stage = match[1] === 'ro' ? 'read' : match[1] === 'wo' ? 'write' : 'all';
    return { name: match[2], sources: match[1] ? [item, match[2]] : [item], stage };
  });
}

function readUrl(env: Environment, name: string): string | null {
  const text = env[name]?.trim();
  if (!text) return null;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) throw new Error(`${name}: ${JSON.stringify(text)} is not an http(s) address`);
  return text.replace(/\/+$/, '');
}

function readRootCas(env: Environment): string[] {
  const text = env.SPACELIFT_ADDITIONAL_ROOT_CAS?.trim();
  if (!text) return [];
  try {
    const document = JSON.parse(Buffer.from(text, 'base64').toString('utf8')) as { caCertificates?: unknown };
    if (!Array.isArray(document.caCertificates)) throw new Error('no list caCertificates');
    return document.caCertificates.map((item) => {
      const pem = Buffer.from(String(item), 'base64').toString('utf8');
      return new X509Certificate(pem).toString();
    });
  } catch (cause) {
    throw new Error(`SPACELIFT_ADDITIONAL_ROOT_CAS must be base64 of {"caCertificates":["<base64 PEM>",…]}: ${messageOf(cause)}`, { cause });
  }
}
