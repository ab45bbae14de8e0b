import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitCredentials } from '../../core/ports/vcs.ts';
import { unavailable } from '../../core/shared/errors.ts';

export interface GitOutcome {
  readonly code: number | null;
  readonly stdout: Buffer;
  /** Without the password, should git ever print it. */
  readonly stderr: string;
  /** More than `maxBytes` came; the process was ended. */
  readonly cut: boolean;
}

export interface GitCall {
  readonly input?: string;
  readonly maxBytes?: number;
  /** Whom the credentials may be told to, beside themselves. */
  readonly login?: { readonly url: string; readonly credentials: GitCredentials };
}

export type RunGit = (args: readonly string[], call?: GitCall) => Promise<GitOutcome>;

/** What passes from our own environment: where programs, proxies and certificate authorities are. */
const PASSED = [
  'PATH',
  'TMPDIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
  'CURL_CA_BUNDLE',
];
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
const MAX_STDERR = 16 * 1024;

/** Other people's repositories are read, never trusted: nothing in them may name a program to run. */
const SETTINGS = `[safe]
\tdirectory = *
[core]
\thooksPath = /dev/null
\tfsmonitor = false
[gc]
\tauto = 0
[fetch]
\trecurseSubmodules = no
[log]
\tshowSignature = false
`;

/** Answers git's two questions, and only for the host that the credentials are meant for: a redirect may lead elsewhere. */
const ASKPASS = `#!/bin/sh
case "$1" in
  "Username for '"*"://$WINDLASS_GIT_HOST':"*) printf '%s\\n' "$WINDLASS_GIT_USERNAME" ;;
  "Password for '"*"@$WINDLASS_GIT_HOST':"*) printf '%s\\n' "$WINDLASS_GIT_PASSWORD" ;;
  *) exit 1 ;;
esac
`;

/** Runs git without a shell, with its own configuration and a bare environment, in a process group that a time-out ends whole. */
export function gitRunner(options: { readonly folder: string; readonly allowLocal: boolean; readonly timeoutMs: number }): RunGit {
  const home = join(options.folder, 'home');
  const askpass = join(home, 'askpass');
  let prepared: Promise<void> | undefined;

  async function prepare(): Promise<void> {
    await mkdir(home, { recursive: true, mode: 0o700 });
    await writeFile(join(home, '.gitconfig'), SETTINGS, { mode: 0o600 });
    await writeFile(askpass, ASKPASS, { mode: 0o700 });
  }

  function environment(login: GitCall['login']): NodeJS.ProcessEnv {
    const passed = Object.fromEntries(PASSED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
    return {
      ...passed,
      HOME: home,
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_ALLOW_PROTOCOL: options.allowLocal ? 'https:http:file' : 'https',
      ...(login === undefined
        ? {}
        : {
            GIT_ASKPASS: askpass,
            WINDLASS_GIT_HOST: new URL(login.url).host,
            WINDLASS_GIT_USERNAME: login.credentials.username,
            WINDLASS_GIT_PASSWORD: login.credentials.password,
          }),
    };
  }

  return async (args, call = {}) => {
    await (prepared ??= prepare().catch((error: unknown) => {
      prepared = undefined;
      throw error;
    }));
    const { maxBytes = DEFAULT_MAX_BYTES, login } = call;
    const child = spawn('git', args, { cwd: home, env: environment(login), stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    const endGroup = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // Gone already.
      }
    };
    let timedOut = false;
    const deadline = setTimeout(() => {
      timedOut = true;
      endGroup();
    }, options.timeoutMs);

    const out: Buffer[] = [];
    let outBytes = 0;
    let cut = false;
    child.stdout.on('data', (part: Buffer) => {
      outBytes += part.length;
      if (outBytes <= maxBytes) out.push(part);
      else if (!cut) {
        cut = true;
        endGroup();
      }
    });
    let err = '';
    child.stderr.on('data', (part: Buffer) => {
      err = (err + part.toString()).slice(-MAX_STDERR);
    });
    child.stdin.on('error', () => {});
    child.stdin.end(call.input ?? '');

    try {
      const code = await new Promise<number | null>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', resolve);
      });
      if (timedOut)
        throw unavailable(`git did not answer within ${options.timeoutMs / 1000} seconds`, { operation: args.find((arg) => !arg.startsWith('-')) });
      return { code, stdout: Buffer.concat(out), stderr: redact(err, login?.credentials.password), cut };
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT')
        throw unavailable('git was not found on the PATH: install git 2.30 or later', {}, { cause: error });
      throw error;
    } finally {
      clearTimeout(deadline);
    }
  };
}

function redact(text: string, secret: string | undefined): string {
  if (secret === undefined || secret === '') return text;
  return [secret, encodeURIComponent(secret)].reduce((redacted, form) => redacted.replaceAll(form, '*****'), text);
}
