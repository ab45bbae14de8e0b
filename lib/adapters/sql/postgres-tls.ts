import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { checkServerIdentity, createSecureContext, getCACertificates, type ConnectionOptions } from 'node:tls';
import { invalid } from '../../core/shared/errors.ts';

const MODES = ['disable', 'allow', 'prefer', 'require', 'no-verify', 'verify-ca', 'verify-full'] as const;
type Mode = (typeof MODES)[number];

/** What an address says about encryption goes to the driver as options: its own reading of `sslmode` differs from PostgreSQL's. */
const PARAMETERS = ['sslmode', 'ssl', 'sslrootcert', 'sslcert', 'sslkey', 'uselibpqcompat'] as const;
/** How the driver's own parameter is read. */
const OF_SSL: Readonly<Record<string, Mode>> = { true: 'verify-full', 1: 'verify-full', false: 'disable', 0: 'disable' };
const PORT = 5432;

/** An address of a database, and how its connections are encrypted. */
export interface PostgresAddress {
  /** The address without what it says about encryption. */
  readonly url: string;
  readonly mode: Mode;
  readonly host: string;
  readonly port: number;
  readonly rootFile: string | null;
  readonly certificate: Pick<ConnectionOptions, 'cert' | 'key'>;
}

/**
 * Reads an address as PostgreSQL's own programs do: without `sslmode` a connection is encrypted where the server can, with `require` always,
 * and only `verify-ca` and `verify-full` look at who the server is.
 */
export function readAddress(text: string): PostgresAddress {
  const certificate = {};
  if (!URL.canParse(text)) return { url: text, mode: 'disable', host: '', port: PORT, rootFile: null, certificate };
  const url = new URL(text);
  const given = Object.fromEntries(PARAMETERS.map((name) => [name, url.searchParams.get(name)])) as Record<(typeof PARAMETERS)[number], string | null>;
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname).replace(/^\[(.+)\]$/, '$1');
  for (const name of PARAMETERS) url.searchParams.delete(name);
  const rootFile = given.sslrootcert === 'system' ? null : given.sslrootcert;
  return {
    url: url.href,
    mode: host === '' || host.startsWith('/') ? 'disable' : modeOf(given.sslmode ?? OF_SSL[given.ssl ?? ''] ?? given.ssl ?? 'prefer', given.sslrootcert),
    host,
    port: Number(url.searchParams.get('port') ?? (url.port || PORT)),
    rootFile,
    certificate: {
      ...(given.sslcert === null ? {} : { cert: readFileSync(given.sslcert) }),
      ...(given.sslkey === null ? {} : { key: readFileSync(given.sslkey) }),
    },
  };
}

/** An authority that is named is meant to be asked. */
function modeOf(name: string, root: string | null): Mode {
  const mode = MODES.find((known) => known === name);
  if (mode === undefined) throw invalid(`sslmode: "${name}" is none of ${MODES.join(', ')}`);
  if (root === 'system') return 'verify-full';
  return mode === 'require' && root !== null ? 'verify-ca' : mode;
}

/** The options of the driver's connections. Authorities of the file are trusted beside those of Node and of NODE_EXTRA_CA_CERTS. */
export function tlsOptions(address: PostgresAddress, authoritiesFile: string | undefined, speaksTls: boolean): ConnectionOptions | false {
  const { mode, host, certificate } = address;
  if (mode === 'disable' || (isOptional(mode) && !speaksTls)) return false;
  if (mode !== 'verify-ca' && mode !== 'verify-full') return { ...certificate, rejectUnauthorized: false };
  return {
    secureContext: createSecureContext({ ...certificate, ca: authorities(address.rootFile, authoritiesFile) }),
    rejectUnauthorized: true,
    // By the address that was asked for, also where it is a number.
    checkServerIdentity: (_name, server) => (mode === 'verify-ca' ? undefined : checkServerIdentity(host, server)),
  };
}

function authorities(rootFile: string | null, beside: string | undefined): (string | Buffer)[] {
  if (rootFile !== null) return [readFileSync(rootFile)];
  return [...getCACertificates('default'), ...(beside !== undefined && existsSync(beside) ? [readFileSync(beside)] : [])];
}

export const isOptional = (mode: Mode): boolean => mode === 'allow' || mode === 'prefer';

/** PostgreSQL's question before a handshake, which is answered by one letter. */
const QUESTION = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** Whether a server encrypts connections. */
export function asksForTls({ host, port }: Pick<PostgresAddress, 'host' | 'port'>, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: timeoutMs }, () => socket.write(QUESTION));
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.once('timeout', () => fail(Object.assign(new Error('the database does not answer'), { code: 'ETIMEDOUT' })));
    socket.once('error', fail);
    socket.once('close', () => fail(Object.assign(new Error('the database closed the connection'), { code: 'ECONNRESET' })));
    socket.once('data', (answer) => {
      resolve(answer[0] === 'S'.charCodeAt(0));
      socket.destroy();
    });
  });
}
