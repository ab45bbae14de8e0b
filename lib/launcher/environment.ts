import type { PackageVariable } from '../protocol/job.ts';
import type { Environment, WhitelistItem } from './config.ts';
import { interpolate } from './interpolate.ts';

/** Phases that may change infrastructure get `wo_` variables, the others `ro_` ones. */
export type Stage = 'read' | 'write';

const PASSED = ['PATH', 'LANG', 'TMPDIR', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'SSL_CERT_FILE', 'SSL_CERT_DIR'] as const;
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** `/mnt/workspace` as a whole path component, wherever it stands in a value. */
const CONTAINER_ROOT = /(?<![\w.-])\/mnt\/workspace(?![\w.-])/g;

export interface EnvironmentInput {
  readonly launcher: Environment;
  readonly whitelist: readonly WhitelistItem[];
  /** Resolved by precedence, prefixes and interpolation still in place. */
  readonly variables: readonly PackageVariable[];
  readonly stage: Stage;
  readonly runFolder: string;
  /** Used unless a variable says otherwise. */
  readonly defaults: Readonly<Record<string, string>>;
  /** What earlier phases exported. */
  readonly exported: Readonly<Record<string, string>>;
  /** What no variable may change. */
  readonly forced: Readonly<Record<string, string>>;
}

/** The whole environment of a step. */
export function stepEnvironment(input: EnvironmentInput): Record<string, string> {
  const base: Record<string, string> = { PATH: DEFAULT_PATH };
  for (const name of PASSED) {
    const value = input.launcher[name];
    if (value) base[name] = value;
  }
  const home = `${input.runFolder}/home`;
  const values = new Map([
    ...forStage(whitelisted(input.launcher, input.whitelist), input.stage),
    ...forStage(input.variables.map(({ name, value }) => [name, value] as const), input.stage),
  ]);
  const resolved = interpolate(values, (name) => (name === 'HOME' ? home : base[name]));
  const moved = [...resolved].map(([name, value]) => [name, inRunFolder(value, input.runFolder)]);
  return { ...base, ...input.defaults, ...(Object.fromEntries(moved) as Record<string, string>), HOME: home, ...input.exported, ...input.forced };
}

export const inRunFolder = (value: string, runFolder: string): string => value.replace(CONTAINER_ROOT, () => runFolder);

/** The variables a stage sees, prefixes taken off; a prefixed variable beats a plain one of the same name. */
function forStage(pairs: readonly (readonly [string, string])[], stage: Stage): [string, string][] {
  const mine = stage === 'read' ? 'ro_' : 'wo_';
  const plain = pairs.filter(([name]) => !/^(?:ro|wo)_/.test(name)).map(([name, value]): [string, string] => [name, value]);
  const prefixed = pairs.filter(([name]) => name.startsWith(mine) && name.length > 3).map(([name, value]): [string, string] => [name.slice(3), value]);
  return [...plain, ...prefixed];
}

function whitelisted(launcher: Environment, whitelist: readonly WhitelistItem[]): [string, string][] {
  return whitelist.flatMap(({ name, sources, stage }): [string, string][] => {
    const value = sources.map((source) => launcher[source]).find((found) => found !== undefined);
    if (value === undefined) return [];
    return [[stage === 'read' ? `ro_${name}` : stage === 'write' ? `wo_${name}` : name, value]];
  });
}

/** A flag variable such as `SPACELIFT_SKIP_APPLYING`: set means the word true. */
export const isTrue = (value: string | undefined): boolean => value?.trim().toLowerCase() === 'true';
