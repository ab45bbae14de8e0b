import { createRequire } from 'node:module';

/** A subsegment, as far as it is used here. */
export interface XraySubsegment {
  readonly id: string;
  readonly trace_id?: string;
  namespace?: string;
  addNewSubsegment(name: string): XraySubsegment;
  addAnnotation(key: string, value: string): void;
  addFaultFlag(): void;
  addErrorFlag(): void;
  close(): void;
}

/** The segment that the function's service keeps; parts are added to it, it is never closed here. */
export interface XraySegment {
  readonly id: string;
  readonly trace_id: string;
  /** Nobody collects this one. */
  readonly notTraced?: boolean;
  addNewSubsegment(name: string): XraySubsegment;
  /** Takes the trace of the call in hand. */
  resolveLambdaTraceData?(): void;
}

/** The tracing library, as far as it is used here. */
export interface XraySdk {
  getSegment(): XraySegment | undefined;
  setContextMissingStrategy(strategy: 'IGNORE_ERROR'): void;
}

/** Where the layer puts it. */
export const XRAY_FILE = '/opt/telemetry/xray.cjs';

/** Loads the library from its layer; undefined where there is none. By a file name, for imports do not look into layers. */
export function loadXray(file: string = XRAY_FILE): XraySdk | undefined {
  // Read while the library starts: otherwise it writes a stack trace for every call outside a trace.
  process.env.AWS_XRAY_CONTEXT_MISSING ??= 'IGNORE_ERROR';
  try {
    return createRequire(import.meta.url)(file) as XraySdk;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
