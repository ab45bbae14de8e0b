import type { RegoVersion } from './contracts.ts';
import type { PolicyFault } from './fault.ts';
import type { WireContract } from './prelude.ts';

/** A policy with all that is compiled with it; the handle is a hash of the rest. */
export interface ModuleSource {
  readonly handle: string;
  readonly source: string;
  readonly version: RegoVersion;
  readonly prelude: readonly string[];
  readonly query: string;
  readonly contract?: WireContract;
  readonly exec?: boolean;
  readonly tests?: { readonly source: string; readonly version: RegoVersion };
}

/** One line to the child. The inputs of an evaluation follow it as bytes of the sizes it names, or lie in a file. */
export type Request =
  | ({ readonly op: 'compile'; readonly module: string } & Omit<ModuleSource, 'handle'>)
  | {
      readonly op: 'evaluate';
      readonly modules: readonly string[];
      readonly sizes: readonly number[];
      readonly inputFile?: string;
      readonly deadlineMs: number;
      readonly trace?: boolean;
      readonly coverage?: boolean;
    }
  | { readonly op: 'format'; readonly source: string; readonly version: RegoVersion }
  | { readonly op: 'release'; readonly module: string }
  | { readonly op: 'version' | 'ping' };

export interface Printed {
  readonly line: number;
  readonly text: string;
}

export interface Coverage {
  readonly reached: readonly number[];
  readonly notReached: readonly number[];
}

/** What one module makes of one input: the value as JSON text, an error, or neither where the value is undefined. */
export interface Outcome {
  readonly value?: string;
  readonly error?: PolicyFault;
  readonly prints?: readonly Printed[];
  readonly coverage?: Coverage;
  readonly trace?: readonly string[];
}

/** One line from the child. An evaluation answers once for each module; with `call` the child asks something. */
export interface Answer {
  readonly id: number;
  readonly index: number;
  readonly errors?: readonly PolicyFault[];
  readonly warnings?: readonly PolicyFault[];
  readonly tests?: readonly string[];
  readonly results?: readonly Outcome[];
  readonly formatted?: string;
  readonly versions?: { readonly opa: string; readonly go: string };
  readonly call?: string;
  readonly args?: unknown;
}
