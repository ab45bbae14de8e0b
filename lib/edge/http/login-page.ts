import { createHash } from 'node:crypto';

export interface LoginPage {
  readonly accountName: string;
  readonly username?: string;
  /** What went wrong with the last try. */
  readonly error?: string;
  /** Ask for a new password along with the old one. */
  readonly mustChangePassword?: boolean;
}

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; color: #1c2530; background: #f3f5f7; margin: 0; display: grid; place-items: center; min-height: 100vh }
main { background: #fff; border: 1px solid #d9dfe5; border-radius: 8px; padding: 2rem; width: 20rem }
h1 { font-size: 1.25rem; margin: 0 0 1rem }
label { display: block; margin: 0 0 1rem }
input { display: block; box-sizing: border-box; width: 100%; font: inherit; padding: .5rem; border: 1px solid #b6c0ca; border-radius: 4px }
button { font: inherit; width: 100%; padding: .6rem; border: 0; border-radius: 4px; background: #14507d; color: #fff }
p[role] { border-left: 4px solid #b3261e; padding-left: .75rem }
@media (prefers-color-scheme: dark) { body { color: #e6ebf0; background: #12181f } main { background: #1b242d; border-color: #33404c } input { background: #12181f; color: inherit } }
`;

/** The page runs no script, loads nothing and posts only to us. */
export const LOGIN_PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  // Not `no-referrer`: browsers then hide the form's own origin from us.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');

/** The form that signs an administrator in; a new password is asked for in the same step when the old one was given out. */
export function loginPage({ accountName, username = '', error, mustChangePassword = false }: LoginPage): string {
  const title = mustChangePassword ? 'Choose a new password' : 'Sign in';
  const current = mustChangePassword ? 'Current password' : 'Password';
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} – ${escape(accountName)}</title>
<style>${STYLE}</style>
<main>
<h1>${title}</h1>
${error === undefined ? '' : `<p role="alert">${escape(error)}</p>`}
<form method="post" action="/admin-login">
<label>User name <input name="username" autocomplete="username" required value="${escape(username)}"${username === '' ? ' autofocus' : ''}></label>
<label>${current} <input name="password" type="password" autocomplete="current-password" required${username === '' ? '' : ' autofocus'}></label>
${mustChangePassword ? '<label>New password <input name="newPassword" type="password" autocomplete="new-password" required></label>\n' : ''}<button>${mustChangePassword ? 'Change password' : 'Sign in'}</button>
</form>
</main>
</html>
`;
}
