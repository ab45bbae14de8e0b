import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import type { BuildOptions } from 'esbuild';

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

/** One build for all functions: each becomes a folder that is deployed as it is. */
export function lambdaBuild(root: string): BuildOptions & { readonly metafile: true; readonly write: false } {
  return {
    ...BUNDLING,
    // Names are what they cost most.
    keepNames: false,
    absWorkingDir: root,
    entryPoints: lambdaEntries(root).map((entry) => ({ in: `lambdas/${entry}.ts`, out: `${entry}/index` })),
    outdir: 'dist/lambdas',
    outExtension: { '.js': '.mjs' },
    alias: { '@aws-sdk/credential-provider-node': './lib/adapters/aws/function-credentials.ts' },
    // Optional parts of others that no function has.
    external: ['pg-native'],
    metafile: true,
    write: false,
    logLevel: 'warning',
  };
}
