import { invalid } from '../../core/shared/errors.ts';

const HASH = /^[0-9a-f]{40}$/;
const SHORT_HASH = /^[0-9a-f]{7,39}$/;

export const isShortHash = (hash: string): boolean => SHORT_HASH.test(hash);

/** The URL, if git may be told of it. */
export function checkedUrl(url: string, allowLocal: boolean): string {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  const local = protocol === 'http:' || protocol === 'file:';
  if (protocol !== 'https:' && !local) throw invalid(`repository ${JSON.stringify(url)} is not an https:// URL`, { url });
  if (local && !allowLocal)
    throw invalid(`repository ${url}: ${protocol}// is allowed only while the server listens on loopback; use https://`, { url });
  const { username, password, host } = new URL(url);
  if (username !== '' || password !== '')
    throw invalid(`repository https://${host}/… holds a user name or password: put them in the git credentials file`, {});
  if (protocol === 'file:' && host !== '') throw invalid(`repository ${url} names a host: a file URL has three slashes, file:///path`, { url });
  return url;
}

export function fullHash(hash: string): string {
  if (!HASH.test(hash)) throw invalid(`${JSON.stringify(hash)} is not a full commit hash: give all 40 digits`, { commit: hash });
  return hash;
}

const FORBIDDEN_IN_BRANCH = /^-|^\/|\/$|\.lock$|[\0-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|(^|\/)\./;

/** The rules of `git check-ref-format`, and no leading dash: such a name could be read as an option. */
export const isBranchName = (name: string): boolean => name !== '' && !FORBIDDEN_IN_BRANCH.test(name);

export function branchName(name: string): string {
  if (!isBranchName(name)) throw invalid(`${JSON.stringify(name)} cannot be the name of a branch`, { branch: name });
  return name;
}
