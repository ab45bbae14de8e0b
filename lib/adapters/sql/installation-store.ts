import type { Sql } from '../../core/ports/database.ts';

export interface Installation {
  readonly keyFingerprint: string;
  readonly wrappedKey: string;
  readonly caCertificate: string | null;
  /** Encrypted. */
  readonly caKey: string | null;
}

/** The installation's row, made by the first server that starts on the database. */
export async function loadInstallation(sql: Sql, first: { readonly keyFingerprint: string; readonly wrapNewKey: () => string; readonly now: Date }): Promise<Installation> {
  const read = () => sql.selectFrom('installation').select(['key_fingerprint', 'wrapped_key', 'ca_certificate', 'ca_key']).executeTakeFirst();
  let row = await read();
  if (row === undefined) {
    await sql
      .insertInto('installation')
      .values({ id: 'installation', key_fingerprint: first.keyFingerprint, wrapped_key: first.wrapNewKey(), created_at: first.now })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
    row = await read();
  }
  if (row === undefined) throw new Error('the installation row could not be written');
  return { keyFingerprint: row.key_fingerprint, wrappedKey: row.wrapped_key, caCertificate: row.ca_certificate, caKey: row.ca_key };
}

/** Keeps the certificate authority of the first server that made one; returns the one in force. */
export async function keepAuthority(sql: Sql, authority: { readonly certificate: string; readonly key: string }): Promise<void> {
  await sql.updateTable('installation').set({ ca_certificate: authority.certificate, ca_key: authority.key }).where('ca_certificate', 'is', null).execute();
}

/** Takes or renews the lease on the database; false while another holder's is running. */
export async function holdLease(sql: Sql, lease: { readonly holder: string; readonly now: Date; readonly until: Date }): Promise<boolean> {
  const held = await sql
    .updateTable('installation')
    .set({ lease_holder: lease.holder, lease_expires_at: lease.until })
    .where((eb) => eb.or([eb('lease_holder', 'is', null), eb('lease_holder', '=', lease.holder), eb('lease_expires_at', '<=', lease.now)]))
    .returning('id')
    .executeTakeFirst();
  return held !== undefined;
}

export async function dropLease(sql: Sql, holder: string): Promise<void> {
  await sql.updateTable('installation').set({ lease_holder: null, lease_expires_at: null }).where('lease_holder', '=', holder).execute();
}

/** A write that changes nothing; a database that only follows another refuses it. False when there is no installation in it. */
export async function proveWriter(sql: Sql): Promise<boolean> {
  const written = await sql.updateTable('installation').set((eb) => ({ created_at: eb.ref('created_at') })).returning('id').executeTakeFirst();
  return written !== undefined;
}
