import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { credentialsFile } from '../adapters/vcs/git-credentials.ts';
import type { EmbeddedConfig } from './config.ts';

export interface TlsFiles {
  /** PEM: the certificate, then what its issuer gave along. */
  readonly cert: string;
  readonly key: string;
}

/** Reads the files that settings name, and judges them, before anything is started; `faults` are in words with the variable first. */
export async function readNamedFiles(config: Pick<EmbeddedConfig, 'tls' | 'gitCredentialsFile'>): Promise<{ readonly tls: TlsFiles | null; readonly faults: readonly string[] }> {
  const faults: string[] = [];
  const tls = config.tls === null ? null : await readTls(config.tls, faults);
  if (config.gitCredentialsFile !== null) {
    const fault = await credentialsFile(config.gitCredentialsFile).find('https://localhost/').then(() => undefined, (error: Error) => error.message);
    if (fault !== undefined) faults.push(`GIT_CREDENTIALS_FILE: ${fault}`);
  }
  return { tls, faults };
}

async function readTls({ certificateFile, keyFile }: NonNullable<EmbeddedConfig['tls']>, faults: string[]): Promise<TlsFiles | null> {
  const [cert, key] = await Promise.all([readPem('WINDLASS_TLS_CERT', certificateFile, faults), readPem('WINDLASS_TLS_KEY', keyFile, faults)]);
  const certificate = cert === undefined ? undefined : parsed(() => new X509Certificate(cert), `WINDLASS_TLS_CERT: ${certificateFile} is not a certificate in PEM`, faults);
  const privateKey = key === undefined ? undefined : parsed(() => createPrivateKey(key), `WINDLASS_TLS_KEY: ${keyFile} is not a private key in PEM without a passphrase`, faults);
  if (certificate && privateKey && !certificate.checkPrivateKey(privateKey)) faults.push(`WINDLASS_TLS_KEY: the key in ${keyFile} does not belong to the first certificate in ${certificateFile}`);
  return cert === undefined || key === undefined ? null : { cert, key };
}

async function readPem(variable: string, file: string, faults: string[]): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    faults.push(`${variable}: ${file} cannot be read: ${error.code === 'ENOENT' ? 'there is no such file' : error.code === 'EACCES' ? 'this user may not read it' : (error.code ?? error.message)}`);
    return undefined;
  });
}

function parsed<T>(parse: () => T, fault: string, faults: string[]): T | undefined {
  try {
    return parse();
  } catch {
    faults.push(fault);
    return undefined;
  }
}
