import type { Settings } from '../ports/settings.ts';
import { invalid } from '../shared/errors.ts';

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' };

/**
 * The address of a repository in its one spelling, so that stacks of one repository can be found by it.
 * Only https; on one's own machine also http and file.
 */
export function normalizeRepositoryUrl(url: string, settings: Pick<Settings, 'allowLocalRepositories'>): string {
  const trimmed = url.trim();
  if (!URL.canParse(trimmed)) throw invalid(`"${trimmed}" is no repository URL: give one such as https://example.com/team/repository.git`, { field: 'repositoryURL' });
  const parsed = new URL(trimmed);
  if (parsed.username !== '' || parsed.password !== '') {
    throw invalid('a repository URL holds no user name or password: put those into the credentials file', { field: 'repositoryURL' });
  }
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:' && parsed.protocol !== 'file:') {
    throw invalid(`a repository URL starts with https://, but this one with ${parsed.protocol}//`, { field: 'repositoryURL' });
  }
  if (parsed.protocol !== 'https:' && !settings.allowLocalRepositories) {
    throw invalid(`${parsed.protocol}// repositories are allowed only while the server listens on loopback: use https://`, { field: 'repositoryURL' });
  }
  if (parsed.search !== '' || parsed.hash !== '') throw invalid('a repository URL has no query and no fragment', { field: 'repositoryURL' });
  const path = parsed.pathname.replace(/\/+$/, '');
  if (path === '') throw invalid(`"${trimmed}" names a host, but no repository`, { field: 'repositoryURL' });
  const port = parsed.port === '' || parsed.port === DEFAULT_PORTS[parsed.protocol] ? '' : `:${parsed.port}`;
  return `${parsed.protocol}//${parsed.hostname.toLowerCase()}${port}${path}`;
}

/** Name and owner as the last two parts of the address: `network` and `acme` of `…/acme/network.git`. */
export function repositoryNames(url: string): { readonly namespace: string; readonly repository: string } {
  const parts = new URL(url).pathname.split('/').filter((part) => part !== '');
  const repository = (parts.at(-1) ?? '').replace(/\.git$/, '');
  return { namespace: parts.at(-2) ?? '', repository };
}
