import * as z from 'zod/mini';
import { authenticate } from '../../core/accounts/actions/authenticate.ts';
import { changePassword } from '../../core/accounts/actions/change-password.ts';
import { logInAdministrator, type AdministratorLogin } from '../../core/accounts/actions/log-in-administrator.ts';
import { logOut } from '../../core/accounts/actions/log-out.ts';
import type { Ports } from '../../core/ports/ports.ts';
import { invalid, isAppError, type ErrorCode } from '../../core/shared/errors.ts';
import { LOGIN_PAGE_HEADERS, loginPage } from './login-page.ts';
import { jsonResponse, route, type HttpRequest, type HttpResponse, type Route } from './router.ts';
import { clearedCookie, isFromOurSite, mayWriteByCookie, readSessionCookie, sessionCookie } from './session-cookie.ts';

type Needs = Pick<Ports, 'db' | 'clock' | 'ids' | 'signer' | 'settings'>;

const MAX_BODY_BYTES = 64 * 1024;
const Login = z.object({ username: z.string(), password: z.string(), newPassword: z.optional(z.string()) });
type Login = z.infer<typeof Login>;

const STATUS: Partial<Record<ErrorCode, number>> = {
  INVALID: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  CONFLICT: 409,
  TOO_LARGE: 413,
  RATE_LIMITED: 429,
};

/** Signing in by name and password, as a form for people and as JSON for programs, and signing out. */
export function sessionRoutes(ports: Needs, events: { readonly passwordChanged?: (username: string) => Promise<void> } = {}): readonly Route[] {
  const { accountName, baseUrl } = ports.settings;
  const page = (status: number, content: Omit<Parameters<typeof loginPage>[0], 'accountName'>): HttpResponse => ({
    status,
    headers: LOGIN_PAGE_HEADERS,
    body: loginPage({ accountName, ...content }),
  });

  async function signIn({ username, password, newPassword }: Login, remoteIp: string): Promise<AdministratorLogin> {
    if (newPassword === undefined) return logInAdministrator(ports, { username, password, remoteIp });
    const login = await changePassword(ports, { username, password, newPassword, remoteIp });
    await events.passwordChanged?.(username);
    return login;
  }

  async function byForm(request: HttpRequest, login: Login): Promise<HttpResponse> {
    if (!isFromOurSite(request)) return page(403, { error: 'Sign in from this page, not from another site.' });
    try {
      const { cookie, mustChangePassword } = await signIn(login, request.remoteIp);
      if (mustChangePassword) return page(200, { username: login.username, mustChangePassword });
      return { status: 303, headers: { location: '/', 'set-cookie': sessionCookie(baseUrl, cookie), 'cache-control': 'no-store' } };
    } catch (error) {
      const status = isAppError(error) ? STATUS[error.code] : undefined;
      if (status === undefined || !isAppError(error)) throw error;
      const words = error.code === 'UNAUTHENTICATED' ? 'User name or password is wrong.' : error.message;
      return page(status, { username: login.username, error: words, mustChangePassword: login.newPassword !== undefined });
    }
  }

  async function byJson(request: HttpRequest, login: Login): Promise<HttpResponse> {
    const { token, validUntil, cookie, mustChangePassword } = await signIn(login, request.remoteIp);
    const body = { jwt: token, validUntil: Math.floor(validUntil.getTime() / 1000), mustChangePassword };
    return jsonResponse(200, body, { 'set-cookie': sessionCookie(baseUrl, cookie), 'cache-control': 'no-store' });
  }

  async function signOut(request: HttpRequest): Promise<HttpResponse> {
    const bearer = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const cookie = bearer === undefined ? readSessionCookie(baseUrl, request.headers.cookie) : undefined;
    if (cookie !== undefined && !mayWriteByCookie(request))
      return jsonResponse(403, { error: 'send the header X-Requested-With along with the cookie' });
    const actor = await authenticate(ports, { bearer, cookie, remoteIp: request.remoteIp });
    if (actor !== undefined) await logOut(ports, actor);
    return { status: 204, headers: { 'set-cookie': clearedCookie(baseUrl) } };
  }

  return [
    route('GET', '/admin-login', async () => page(200, {})),
    route('POST', '/admin-login', async (request) => {
      const isForm = /^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '');
      const text = (await request.body(MAX_BODY_BYTES)).toString('utf8');
      return isForm ? byForm(request, parseLogin(Object.fromEntries(new URLSearchParams(text)))) : byJson(request, parseLogin(parseJson(text)));
    }),
    route('POST', '/logout', signOut),
  ];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid('the body is not JSON', {}, { cause });
  }
}

function parseLogin(value: unknown): Login {
  const parsed = Login.safeParse(value);
  if (!parsed.success) throw invalid('signing in takes username and password, and newPassword to change it');
  return parsed.data;
}
