import { rm, writeFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { openPostgres } from '../../../lib/adapters/sql/postgres-database.ts';
import { sql } from 'kysely';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { needsPostgres } from '../../support/requirements.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { serverCertificate } from '../../support/server-certificate.ts';

/** Whether the connection that answers is an encrypted one; the error's code when there is none. */
async function encrypted(url: string, authoritiesFile?: string): Promise<boolean | string | undefined> {
  const { kysely, close } = openPostgres({ url, max: 1, ...(authoritiesFile === undefined ? {} : { authoritiesFile }), onError: () => {} });
  try {
    const { rows } = await sql<{ ssl: boolean }>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(kysely);
    return rows[0]?.ssl;
  } catch (error) {
    return (error as { code?: string }).code;
  } finally {
    await close();
  }
}

describe('connections to a PostgreSQL', needsPostgres, () => {
  describe('that takes none but encrypted ones, with a certificate of its own making', () => {
    let server: TestPostgres;
    let folder: Awaited<ReturnType<typeof scratchFolder>>;
    let authority: string;

    before(async () => {
      const tls = await serverCertificate('localhost', '127.0.0.1');
      server = await startPostgres({ fsync: false, tls });
      folder = await scratchFolder('pg-tls');
      authority = `${folder.path}/authority.pem`;
      await writeFile(authority, tls.cert);
    });
    after(async () => {
      await server.stop();
      await folder.remove();
    });

    it('are encrypted where the address says nothing, and where it asks for no more than that', async () => {
      expect(await encrypted(server.url)).toBe(true);
      for (const mode of ['allow', 'prefer', 'require', 'no-verify']) expect(await encrypted(`${server.url}?sslmode=${mode}`)).toBe(true);
    });

    it('are not made against the word of the address', async () => {
      expect(await encrypted(`${server.url}?sslmode=disable`)).toBe('28000');
    });

    it('are refused by who asks for a known server, unless its authority is known', async () => {
      for (const query of ['sslmode=verify-full', 'sslmode=verify-ca', 'ssl=true']) {
        expect(await encrypted(`${server.url}?${query}`)).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
        expect(await encrypted(`${server.url}?${query}`, `${folder.path}/missing.pem`)).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
        expect(await encrypted(`${server.url}?${query}`, authority)).toBe(true);
      }
      expect(await encrypted(`${server.url}?sslmode=verify-full&sslrootcert=${authority}`)).toBe(true);
    });

    it('are checked against an authority that the address names, whatever the mode says beside it', async () => {
      const other = `${folder.path}/other.pem`;
      await writeFile(other, (await serverCertificate('localhost')).cert);

      expect(await encrypted(`${server.url}?sslmode=require&sslrootcert=${other}`)).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
      expect(await encrypted(`${server.url}?sslmode=require&sslrootcert=${authority}`)).toBe(true);
      await rm(other);
    });

    it('go to no server of another name', async () => {
      const tls = await serverCertificate('database.example.test');
      const named = await startPostgres({ fsync: false, tls });
      const file = `${folder.path}/named.pem`;
      await writeFile(file, tls.cert);
      try {
        expect(await encrypted(`${named.url}?sslmode=verify-full`, file)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
        expect(await encrypted(`${named.url}?sslmode=verify-ca`, file)).toBe(true);
      } finally {
        await named.stop();
      }
    });
  });

  it('are plain where the server knows no other, unless the address insists', async () => {
    const server = await startPostgres();
    try {
      expect(await encrypted(server.url)).toBe(false);
      expect(await encrypted(`${server.url}?sslmode=prefer`)).toBe(false);
      // The driver gives that refusal no code.
      expect(await encrypted(`${server.url}?sslmode=require`)).toBeUndefined();
    } finally {
      await server.stop();
    }
  });

  it('are not opened for an address with a mode that nobody knows', () => {
    const url = 'postgres://windlass@127.0.0.1/windlass?sslmode=maybe';
    expect(() => openPostgres({ url, onError: () => {} })).toThrow(/sslmode: "maybe" is none of disable/);
  });
});
