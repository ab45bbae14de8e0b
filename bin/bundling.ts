import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { basename, relative } from 'node:path';
import { build, type BuildOptions, type Metafile, type OutputFile, type Plugin } from 'esbuild';

/** What all bundles have in common: ES modules for this Node, whose CommonJS parts find a `require`. */
export const BUNDLING = {
  bundle: true,
  minify: true,
  keepNames: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
} as const satisfies BuildOptions;

/** The names of functions' entries, one a file. */
export const lambdaEntries = (root: string): readonly string[] =>
  readdirSync(`${root}/lambdas`).filter((name) => name.endsWith('.ts')).map((name) => basename(name, '.ts')).sort();

/**
 * To import a module of Node is to read each of its names, and some load much more when they are read, such as a second HTTP client. Required
 * instead, it gives what is used.
 */
const nodeByRequire: Plugin = {
  name: 'node-by-require',
  setup(build) {
    const names = new Set(builtinModules);
    build.onResolve({ filter: /^(node:)?[a-z_/0-9]+$/ }, ({ path, kind }) => {
      const name = path.replace(/^node:/, '');
      return kind === 'require-call' || !names.has(name) ? undefined : { path: `node:${name}`, namespace: 'required', sideEffects: false };
    });
    build.onLoad({ filter: /.*/, namespace: 'required' }, ({ path }) => ({ contents: `module.exports = require(${JSON.stringify(path)});`, loader: 'js' }));
  },
};

/** The SDK's descriptions of calls are plain lists, whose names look to the bundler as if making them did something: those of calls never made are left out. */
const callsMadeOnly: Plugin = {
  name: 'calls-made-only',
  setup(build) {
    build.onLoad({ filter: /@aws-sdk[/\\]client-[^/\\]+[/\\]dist-es[/\\]schemas[/\\]schemas_\d+\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(/^export var (\S+) = (\[.*?\]);$/gms, 'export var $1 = /* @__PURE__ */ (() => $2)();'),
      loader: 'js',
    }));
  },
};

const lambdaOptions = (root: string, entry: string) =>
  ({
    ...BUNDLING,
    // Names are what they cost most.
    keepNames: false,
    absWorkingDir: root,
    entryPoints: [{ in: `lambdas/${entry}.ts`, out: 'index' }],
    outdir: `dist/lambdas/${entry}`,
    outExtension: { '.js': '.mjs' },
    splitting: true,
    chunkNames: '[name]-[hash]',
    alias: { '@aws-sdk/credential-provider-node': './lib/adapters/aws/function-credentials.ts' },
    plugins: [nodeByRequire, callsMadeOnly],
    // Optional parts of others that no function has.
    external: ['pg-native'],
    metafile: true,
    write: false,
    logLevel: 'warning',
  }) as const satisfies BuildOptions;

export interface LambdaBundle {
  readonly files: readonly OutputFile[];
  /** What is read before the first call, and all there is. */
  readonly startBytes: number;
  readonly bytes: number;
  /** The sources of all of it. */
  readonly inputs: readonly string[];
}

/** Builds one function: a folder that is deployed as it is. What few calls need lies beside `index.mjs`, to be read when it is needed. */
export async function buildLambda(root: string, entry: string): Promise<LambdaBundle> {
  const { metafile, outputFiles } = await build(lambdaOptions(root, entry));
  const index = `dist/lambdas/${entry}/index.mjs`;
  const all = reached(metafile, index, () => true);
  const bytesOf = (paths: Iterable<string>) => [...paths].reduce((sum, path) => sum + (metafile.outputs[path]?.bytes ?? 0), 0);
  return {
    // The bundler writes parts also for code that it left out.
    files: outputFiles.filter(({ path }) => all.has(relative(root, path))),
    startBytes: bytesOf(reached(metafile, index, (kind) => kind !== 'dynamic-import')),
    bytes: bytesOf(all),
    inputs: [...all].flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {})),
  };
}

/** The outputs that one comes to by imports of these kinds, itself included. */
function reached({ outputs }: Metafile, from: string, follows: (kind: string) => boolean): ReadonlySet<string> {
  const found = new Set([from]);
  for (const path of found) for (const { path: next, kind } of outputs[path]?.imports ?? []) if (next in outputs && follows(kind)) found.add(next);
  return found;
}
