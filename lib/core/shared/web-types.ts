const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', mjs: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8',
  json: 'application/json; charset=utf-8', map: 'application/json; charset=utf-8', webmanifest: 'application/manifest+json', svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8', xml: 'application/xml; charset=utf-8',
  png: 'image/png', jpg: 'image/jpeg', webp: 'image/webp', ico: 'image/x-icon', woff2: 'font/woff2', wasm: 'application/wasm',
};

/** The bundler puts them there, with the hash of their content in the name: such a file never changes. */
const HASHED = /^assets\/.*[.-][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;

/** What a file of the web interface is, by its name. */
export const typeOf = (path: string): string => TYPES[/\.([a-z0-9]+)$/.exec(path)?.[1] ?? ''] ?? 'application/octet-stream';

/** How long a file of the web interface may be kept. */
export const cacheOf = (path: string): string => (HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-store');
