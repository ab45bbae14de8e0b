import type { RegisterRequest } from '../../protocol/worker-api.ts';
import { workerRefusal } from './worker-refusals.ts';

/** Launchers before this one speak another dialect of the protocol. */
export const OLDEST_LAUNCHER = '6.0.0';

const MAX_METADATA_KEYS = 64;
const MAX_METADATA_KEY_BYTES = 128;
const MAX_METADATA_VALUE_BYTES = 1024;
/** A database row stays below 64 KiB. */
const MAX_METADATA_BYTES = 48 * 1024;
const MAX_TOOLS = 200;
const MAX_TEXT = 200;

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

const bytes = (text: string) => Buffer.byteLength(text, 'utf8');

const numbersOf = (version: string) => /^v?(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);

/** True when `version` is `oldest` or later; a version that is no version is too old. */
export function isLauncherCurrent(version: string, oldest = OLDEST_LAUNCHER): boolean {
  const have = numbersOf(version);
  const need = numbersOf(oldest) ?? [];
  if (have === undefined) return false;
  const differs = need.findIndex((part, index) => part !== have[index]);
  return differs === -1 || (have[differs] ?? 0) > (need[differs] ?? 0);
}

/** Refuses what a worker may not register with. */
export function checkRegistration(request: RegisterRequest): void {
  if (!isLauncherCurrent(request.launcherVersion)) {
    throw workerRefusal('launcher_too_old', `launcher ${request.launcherVersion} is too old; update it to ${OLDEST_LAUNCHER} or later`);
  }
  if (!ULID.test(request.workerId)) throw workerRefusal('bad_request', 'workerId must be a ULID of 26 upper-case characters');
  for (const field of ['bootId', 'os', 'arch', 'launcherVersion'] as const) {
    if (request[field] === '' || bytes(request[field]) > MAX_TEXT) throw workerRefusal('bad_request', `${field} must have 1 to ${MAX_TEXT} bytes`);
  }
  if (request.tools.length > MAX_TOOLS) throw workerRefusal('bad_request', `a worker offers at most ${MAX_TOOLS} tools`);
  if (request.tools.some((tool) => bytes(tool.version) > MAX_TEXT))
    throw workerRefusal('bad_request', `the version of a tool has at most ${MAX_TEXT} bytes`);
  checkMetadata(request.metadata);
}

function checkMetadata(metadata: Readonly<Record<string, string>>): void {
  const entries = Object.entries(metadata);
  if (entries.length > MAX_METADATA_KEYS)
    throw workerRefusal('bad_request', `a worker has at most ${MAX_METADATA_KEYS} metadata keys, this one has ${entries.length}`);
  for (const [key, value] of entries) {
    if (key === '' || bytes(key) > MAX_METADATA_KEY_BYTES)
      throw workerRefusal('bad_request', `a metadata key has 1 to ${MAX_METADATA_KEY_BYTES} bytes`);
    if (bytes(value) > MAX_METADATA_VALUE_BYTES)
      throw workerRefusal('bad_request', `the metadata value of ${key} has more than ${MAX_METADATA_VALUE_BYTES} bytes`);
  }
  if (bytes(JSON.stringify(metadata)) > MAX_METADATA_BYTES)
    throw workerRefusal('bad_request', `the metadata of a worker has at most ${MAX_METADATA_BYTES} bytes in all`);
  // PostgreSQL cannot keep a NUL in a document.
  if (JSON.stringify(metadata).includes('\\u0000')) throw workerRefusal('bad_request', 'metadata cannot hold a NUL character');
}
