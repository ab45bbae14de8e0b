import type { HttpRequest } from './router.ts';

const HOURS_KEPT = 12;

/** Over plain http, which is only for loopback, browsers take no `__Host-` cookie. */
const nameFor = (baseUrl: string): string => (baseUrl.startsWith('https:') ? '__Host-session' : 'session');

/** The browser's session, from its cookie header. */
export function readSessionCookie(baseUrl: string, header: string | undefined): string | undefined {
  const wanted = `${nameFor(baseUrl)}=`;
  return header
    ?.split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(wanted))
    ?.slice(wanted.length);
}

export function sessionCookie(baseUrl: string, value: string): string {
  const secure = baseUrl.startsWith('https:') ? '; Secure' : '';
  return `${nameFor(baseUrl)}=${value}; Path=/; Max-Age=${HOURS_KEPT * 3600}; HttpOnly; SameSite=Lax${secure}`;
}

export const clearedCookie = (baseUrl: string): string => sessionCookie(baseUrl, '').replace(/Max-Age=\d+/, 'Max-Age=0');

/** False when the browser says that another site's page made the request. */
export function isFromOurSite(request: Pick<HttpRequest, 'headers'>): boolean {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

/** A write that the cookie authorizes must come from our own pages: only those can set this header. */
export function mayWriteByCookie(request: Pick<HttpRequest, 'headers'>): boolean {
  return isFromOurSite(request) && (request.headers['x-requested-with'] !== undefined || request.headers['sec-fetch-site'] === 'same-origin');
}
