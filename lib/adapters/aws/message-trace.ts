import { randomBytes } from 'node:crypto';
import type { MessageAttributeValue, MessageSystemAttributeValue } from '@aws-sdk/client-sqs';
import { TRACE_ATTRIBUTE } from '../../core/shared/wire-message.ts';

/** What a message carries of the trace that it was sent in. */
export interface MessageTrace {
  /** X-Ray's header, which the queue's service hands to the function that it calls. */
  readonly header?: string | undefined;
  /** The W3C header `traceparent`, which our own function reads. */
  readonly parent?: string | undefined;
}

interface TraceAttributes {
  readonly MessageSystemAttributes?: { readonly AWSTraceHeader: MessageSystemAttributeValue };
  readonly MessageAttributes?: Record<string, MessageAttributeValue>;
}

/**
 * A trace that begins with a message. For X-Ray it is named, in the form of *Tracing header* in its documents: a message without one would be
 * given that of the call that sends it.
 */
export function newTrace({ header }: MessageTrace, now: Date): MessageTrace {
  const seconds = Math.floor(now.getTime() / 1000).toString(16).padStart(8, '0');
  return header === undefined ? {} : { header: `Root=1-${seconds}-${randomBytes(12).toString('hex')}` };
}

/** The attributes of a message that continues a trace. */
export function traceAttributes({ header, parent }: MessageTrace): TraceAttributes {
  return {
    ...(header === undefined ? {} : { MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: header } } }),
    ...(parent === undefined ? {} : { MessageAttributes: { [TRACE_ATTRIBUTE]: { DataType: 'String', StringValue: parent } } }),
  };
}
