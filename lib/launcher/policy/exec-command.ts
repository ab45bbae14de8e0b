import { spawn } from 'node:child_process';

const LIMIT_MS = 10_000;
const MAX_OUTPUT = 1024 * 1024;
/** What a shell answers for a command that it cannot start. */
const NOT_STARTED = 127;
const TIMED_OUT = 124;

export interface ExecResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Asked {
  readonly command: readonly string[];
  readonly env: readonly string[];
  readonly stdin: string;
}

/** Runs a command on the worker's machine for a policy, for ten seconds at most; what cannot run or does not end has a status other than 0. */
export function execCommand(args: unknown, path: string | undefined, limitMs = LIMIT_MS): Promise<ExecResult> {
  const { command, env, stdin } = read(args);
  const [program, ...rest] = command;
  if (program === undefined) throw new Error('exec needs a command');
  return new Promise((resolve) => {
    const given = Object.fromEntries(env.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]));
    const child = spawn(program, rest, { env: { ...(path === undefined ? {} : { PATH: path }), ...given }, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => (output[name] = (output[name] + text).slice(0, MAX_OUTPUT)));
    }
    let ended = false;
    const end = (status: number, stderr = output.stderr) => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      resolve({ status, stdout: output.stdout, stderr });
    };
    // What it started may hold its output open, so that the whole group goes.
    const timer = setTimeout(() => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It ended at this moment.
      }
      end(TIMED_OUT, `${output.stderr}the command did not end within ${limitMs / 1000} s`);
    }, limitMs);
    child.on('error', (error) => end(NOT_STARTED, error.message));
    child.on('close', (code, signal) => end(code ?? (signal === null ? NOT_STARTED : 128)));
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
  });
}

const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);

/** `{command, env, stdin}`, or the words of the command alone. */
function read(args: unknown): Asked {
  if (Array.isArray(args)) return { command: strings(args), env: [], stdin: '' };
  const { command, env, stdin } = (args ?? {}) as { readonly command?: unknown; readonly env?: unknown; readonly stdin?: unknown };
  return { command: strings(command), env: strings(env).filter((text) => text.includes('=')), stdin: typeof stdin === 'string' ? stdin : '' };
}
