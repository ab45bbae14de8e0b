/** Of the variable that tells where browsers upload to. */
export const UPLOADS_VARIABLE = 'OBJECT_STORAGE_BUCKET_UPLOADS_URL';

/** What the page of the user interface may load, and where it may send to beside its own host: `uploads`, a bucket's address. */
export function contentPolicy(uploads: string | null): string {
  const connect = uploads === null ? "'self'" : `'self' ${uploads}`;
  const sources = `default-src 'self'; connect-src ${connect}; img-src 'self' data: https:; style-src 'self' 'unsafe-inline'`;
  return `${sources}; object-src 'none'; base-uri 'none'; frame-ancestors 'none'`;
}
