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

/** The attributes of a message that continues a trace. */
export function traceAttributes({ header, parent }: MessageTrace): TraceAttributes {
  return {
    ...(header === undefined ? {} : { MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: header } } }),
    ...(parent === undefined ? {} : { MessageAttributes: { [TRACE_ATTRIBUTE]: { DataType: 'String', StringValue: parent } } }),
  };
}
