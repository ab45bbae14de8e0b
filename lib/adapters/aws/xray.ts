import { AsyncLocalStorage } from 'node:async_hooks';
import type { Telemetry } from '../../core/ports/telemetry.ts';
import { isAppError } from '../../core/shared/errors.ts';
import type { XraySdk, XraySegment, XraySubsegment } from './xray-sdk.ts';

/** Spans named like this are calls of AWS: `aws.SQS.SendMessageBatch`. */
const AWS_CALL = /^aws\.([^.]+)\.([^.]+)$/;

/** Names are few-valued and hold what the service takes. */
const segmentName = (name: string): string => name.replace(/[^\p{L}\p{N}\s_.:/%&#=+\\@-]/gu, '_').slice(0, 200);

export interface XrayTelemetry extends Telemetry {
  /** The trace of what is being done, for a message that continues it; undefined outside a trace. */
  traceHeader(): string | undefined;
}

/**
 * Spans as subsegments of the function's trace. Which span is inside which is known here, not by the library, whose own bookkeeping loses
 * track in some callbacks; outside a trace the work is done all the same.
 */
export function xrayTelemetry(options: { readonly lines: Telemetry; readonly sdk: XraySdk | undefined }): XrayTelemetry {
  const { lines, sdk } = options;
  sdk?.setContextMissingStrategy('IGNORE_ERROR');
  // Asked for once, at the start, where it is certain to be found.
  const root = sdk?.getSegment();
  const current = new AsyncLocalStorage<XraySubsegment>();

  /** The function's segment in the call in hand, if that is traced. */
  function segment(): XraySegment | undefined {
    root?.resolveLambdaTraceData?.();
    return root;
  }

  function open(name: string): XraySubsegment | undefined {
    const parent = current.getStore() ?? segment();
    if (parent === undefined) return undefined;
    const [, service, operation] = AWS_CALL.exec(name) ?? [];
    const opened = parent.addNewSubsegment(segmentName(service ?? name));
    if (service !== undefined) opened.namespace = 'aws';
    if (operation !== undefined) opened.addAnnotation('operation', operation);
    return opened;
  }

  return {
    log: (level, message, fields) => lines.log(level, message, fields),
    count: (name, attributes, by) => lines.count(name, attributes, by),

    async span(name, work) {
      const opened = open(name);
      if (opened === undefined) return work();
      try {
        return await current.run(opened, work);
      } catch (error) {
        // What is wrong, never in words: those of a foreign error may hold values.
        if (isAppError(error)) {
          opened.addErrorFlag();
          opened.addAnnotation('code', error.code);
        } else opened.addFaultFlag();
        throw error;
      } finally {
        opened.close();
      }
    },

    traceHeader() {
      const traced = segment();
      if (traced === undefined || traced.trace_id === '' || traced.notTraced === true) return process.env._X_AMZN_TRACE_ID;
      return `Root=${traced.trace_id};Parent=${current.getStore()?.id ?? traced.id};Sampled=1`;
    },
  };
}
