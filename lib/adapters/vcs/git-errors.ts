import { invalid, notFound, unavailable, type AppError } from '../../core/shared/errors.ts';

export interface RemoteCall {
  readonly url: string;
  /** Where credentials are kept, as messages call it; undefined where nowhere. */
  readonly credentialsFrom: string | undefined;
  /** There was an entry for the URL. */
  readonly hadCredentials: boolean;
  readonly hash?: string;
  /** What to do where credentials are kept nowhere. */
  readonly without?: string;
}

/** git's last complaint, for people. */
export function lastLine(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.replace(/^(fatal|error|remote): /, '').trim());
  return (
    lines.filter((line) => line !== '' && !/^Please make sure you have the correct access rights|^and the repository exists/.test(line)).at(-1) ??
    'no reason given'
  );
}

/**
 * What a failed exchange with a remote means to the caller. git has one exit code for all of it, so its English words decide
 * (its messages are pinned by LC_ALL=C). Undefined: not the remote's doing.
 */
export function remoteError(stderr: string, call: RemoteCall): AppError | undefined {
  const { url } = call;
  if (/Authentication failed|could not read (Username|Password)|returned error: 40[13]|unable to read askpass/.test(stderr)) return refused(call);
  const branch = /couldn't find remote ref refs\/heads\/(\S+)/.exec(stderr)?.[1];
  if (branch !== undefined) return notFound(`branch ${branch} is not in repository ${url}`, { url, branch });
  if (/not our ref|no such remote ref/.test(stderr))
    return notFound(`commit ${call.hash ?? '?'} is not in repository ${url}`, { url, commit: call.hash });
  if (/repository '.*' not found|does not appear to be a git repository|returned error: 4(04|10)/.test(stderr)) return repositoryGone(url);
  if (/transport '.*' not allowed/.test(stderr)) return invalid(`repository ${url} is reached by a protocol that is not allowed here`, { url });
  if (
    /unable to access|Could not resolve|Couldn't connect|Failed to connect|Connection (refused|reset|timed out)|returned error: \d{3}|RPC failed|early EOF|hung up|Empty reply|certificate|unable to update url base/.test(
      stderr,
    )
  ) {
    return unavailable(`repository ${url} cannot be reached: ${lastLine(stderr)}`, { url });
  }
  return undefined;
}

export const repositoryGone = (url: string): AppError => notFound(`repository ${url} does not exist, or is not a git repository`, { url });

/** The host wants credentials, or others. */
export function refused({ url, credentialsFrom, hadCredentials, without = 'name a file with them in GIT_CREDENTIALS_FILE' }: RemoteCall): AppError {
  if (credentialsFrom === undefined) return invalid(`repository ${url} asks for credentials: ${without}`, { url });
  if (hadCredentials)
    return invalid(`repository ${url} refused the credentials of ${credentialsFrom}: correct the entry for it`, { url, credentialsFrom });
  return invalid(`repository ${url} asks for credentials, and no entry of ${credentialsFrom} matches: add a URL prefix of it`, { url, credentialsFrom });
}
