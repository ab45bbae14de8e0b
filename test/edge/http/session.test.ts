import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { authenticate } from '../../../lib/core/accounts/actions/authenticate.ts';
import { ensureAdministrator, resetAdministratorPassword } from '../../../lib/core/accounts/actions/ensure-administrator.ts';
import { readSessionCookie } from '../../../lib/edge/http/session-cookie.ts';
import { sessionRoutes } from '../../../lib/edge/http/session.ts';
import { testApp, type TestApp } from '../../support/app.ts';
import { senderTo, type Received, type Send, type SentRequest } from '../../support/edge-requests.ts';
import { anAccount } from '../../support/stack-builders.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const JSON_TYPE = { 'content-type': 'application/json' };
const PASSWORD = 'correct horse battery staple';

describe('signing in as an administrator', () => {
  let app: TestApp;
  let send: Send;
  const changedPasswords: string[] = [];
  let addresses = 0;

  before(async () => {
    app = await testApp();
    send = senderTo(sessionRoutes(app.ports, { passwordChanged: async (username) => void changedPasswords.push(username) }), app);
    await anAccount(app);
    await ensureAdministrator(app.ports, { username: 'ada', password: PASSWORD });
  });
  after(() => app.close());

  /** Each from an address of its own, for tries are counted by address. */
  const byForm = (fields: Record<string, string>, request: SentRequest = {}) =>
    send('POST', '/admin-login', {
      remoteIp: `192.0.2.${++addresses}`,
      ...request,
      headers: { ...FORM, ...request.headers },
      body: new URLSearchParams(fields).toString(),
    });
  const byJson = (body: unknown, request: SentRequest = {}) =>
    send('POST', '/admin-login', {
      remoteIp: `192.0.2.${++addresses}`,
      ...request,
      headers: { ...JSON_TYPE, ...request.headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const cookieOf = (answer: Received) => answer.headers['set-cookie']?.split(';')[0] ?? '';
  const who = async (answer: Received) =>
    (await authenticate(app.ports, { cookie: readSessionCookie(app.ports.settings.baseUrl, cookieOf(answer)), remoteIp: null }))?.login;

  it('shows a form that needs nothing from elsewhere and runs no script', async () => {
    const page = await send('GET', '/admin-login');

    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/);
    expect(page.text).toContain('action="/admin-login"');
    expect(page.text).not.toMatch(/<script|src=|href=|https?:/);
  });

  it('by the form sets a cookie that scripts cannot read, and goes to the start page', async () => {
    const answer = await byForm({ username: 'ada', password: PASSWORD });

    expect(answer).toMatchObject({ status: 303, headers: { location: '/' } });
    expect(answer.headers['set-cookie']).toMatch(/^session=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax$/);
    expect(await who(answer)).toBe('admin::ada');
  });

  it('behind https sets a cookie for this host and secure connections only', async () => {
    const ports = { ...app.ports, settings: { ...app.ports.settings, baseUrl: 'https://windlass.example.com' } };
    const answer = await senderTo(sessionRoutes(ports), app)('POST', '/admin-login', {
      headers: JSON_TYPE,
      body: JSON.stringify({ username: 'ada', password: PASSWORD }),
    });

    expect(answer.headers['set-cookie']).toMatch(/^__Host-session=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure$/);
  });

  it('by JSON gives cookie and token', async () => {
    const answer = await byJson({ username: 'ada', password: PASSWORD });

    const { jwt, validUntil, mustChangePassword } = answer.json();
    expect(answer.status).toBe(200);
    expect(mustChangePassword).toBe(false);
    expect(validUntil).toBe(Math.floor(app.clock.now().getTime() / 1000) + 3600);
    expect((await authenticate(app.ports, { bearer: String(jwt), remoteIp: null }))?.login).toBe('admin::ada');
    expect(await who(answer)).toBe('admin::ada');
  });

  it('with a wrong name or password says the same in both cases, without a cookie', async () => {
    const answers = [await byForm({ username: 'ada', password: 'wrong' }), await byForm({ username: 'nobody', password: PASSWORD })];

    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 401, text: expect.stringContaining('User name or password is wrong.') });
      expect(answer.headers['set-cookie']).toBeUndefined();
      expect(answer.text).not.toContain(PASSWORD);
    }
    expect((await byJson({ username: 'ada', password: 'wrong' })).status).toBe(401);
  });

  it('shows the name again as text, whatever is in it', async () => {
    const answer = await byForm({ username: '"><script>alert(1)</script>', password: 'wrong' });

    expect(answer.text).toContain('&quot;&gt;&lt;script&gt;');
    expect(answer.text).not.toContain('<script');
  });

  it('is refused after five tries a minute from one address', async () => {
    const remoteIp = '198.51.100.1';
    for (let tries = 0; tries < 5; tries++) await byForm({ username: 'ada', password: 'wrong' }, { remoteIp });

    expect((await byForm({ username: 'ada', password: PASSWORD }, { remoteIp })).status).toBe(429);
    app.clock.advance(61_000);
    expect((await byForm({ username: 'ada', password: PASSWORD }, { remoteIp })).status).toBe(303);
  });

  it('is refused when another site sends the form', async () => {
    const foreign: readonly Record<string, string>[] = [
      { origin: 'https://evil.example.com' },
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'null' },
    ];

    for (const headers of foreign) expect((await byForm({ username: 'ada', password: PASSWORD }, { headers })).status).toBe(403);
    expect(
      (await byForm({ username: 'ada', password: PASSWORD }, { headers: { origin: 'http://127.0.0.1:1983', 'sec-fetch-site': 'same-origin' } }))
        .status,
    ).toBe(303);
  });

  it('takes nothing that is neither', async () => {
    for (const body of ['', '[]', '{"username":1,"password":"x"}', '{"username":"ada"}', '{'])
      expect([body, (await byJson(body)).status]).toEqual([body, 400]);
    expect((await byJson(JSON.stringify({ username: 'ada', password: 'x'.repeat(70_000) }))).status).toBe(413);
  });

  describe('with a password that was given out', () => {
    let given: string;

    before(async () => {
      given = (await resetAdministratorPassword(app.ports)).password;
    });

    it('asks for a new one first, and gives no cookie until then', async () => {
      const answer = await byForm({ username: 'admin', password: given });

      expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('name="newPassword"') });
      expect(answer.headers['set-cookie']).toBeUndefined();
    });

    it('tells programs that a new one is due', async () => {
      expect((await byJson({ username: 'admin', password: given })).json()).toMatchObject({ mustChangePassword: true });
    });

    it('refuses a new one that is too short, and asks again', async () => {
      const answer = await byForm({ username: 'admin', password: given, newPassword: 'short' });

      expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('name="newPassword"') });
      expect(changedPasswords).toEqual([]);
    });

    it('signs in with the new one and tells that the old one is done with', async () => {
      const answer = await byForm({ username: 'admin', password: given, newPassword: PASSWORD });

      expect(answer.status).toBe(303);
      expect(await who(answer)).toBe('admin::admin');
      expect(changedPasswords).toEqual(['admin']);
      expect((await byForm({ username: 'admin', password: given })).status).toBe(401);
    });
  });

  describe('and out again', () => {
    const cookieHeaders = (answer: Received) => ({ cookie: `theme=dark; ${cookieOf(answer)}`, 'x-requested-with': 'fetch' });

    it('ends the session of the cookie and clears it', async () => {
      const signedIn = await byForm({ username: 'ada', password: PASSWORD });

      const answer = await send('POST', '/logout', { headers: cookieHeaders(signedIn) });

      expect(answer.status).toBe(204);
      expect(answer.headers['set-cookie']).toMatch(/^session=; Path=\/; Max-Age=0/);
      expect(await who(signedIn)).toBeUndefined();
    });

    it('ends the session of a token', async () => {
      const jwt = String((await byJson({ username: 'ada', password: PASSWORD })).json().jwt);

      await send('POST', '/logout', { headers: { authorization: `Bearer ${jwt}` } });

      expect(await authenticate(app.ports, { bearer: jwt, remoteIp: null })).toBeUndefined();
    });

    it('is refused when another site asks for it with the cookie', async () => {
      const signedIn = await byForm({ username: 'ada', password: PASSWORD });

      for (const headers of [{ cookie: cookieOf(signedIn) }, { ...cookieHeaders(signedIn), origin: 'https://evil.example.com' }])
        expect((await send('POST', '/logout', { headers })).status).toBe(403);
      expect(await who(signedIn)).toBe('admin::ada');
    });

    it('without a session just clears the cookie', async () => {
      expect((await send('POST', '/logout')).status).toBe(204);
    });
  });
});
