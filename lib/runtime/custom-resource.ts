import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { Telemetry } from '../core/ports/telemetry.ts';
import { isAppError } from '../core/shared/errors.ts';

const TRIES = 3;
const TIMEOUT_MS = 10_000;

export type CustomResourceEvent = CloudFormationCustomResourceEvent;

/** Whether a call comes from a deployment, which waits for an answer at an address of its own. */
export const isCustomResourceEvent = (event: unknown): event is CustomResourceEvent => typeof event === 'object' && event !== null && 'ResponseURL' in event && 'RequestType' in event;

/** Does what a deployment asks for and tells it how that went: an answer that never comes would keep it waiting for an hour. */
export async function answerCustomResource(
  event: CustomResourceEvent,
  physicalId: string,
  telemetry: Pick<Telemetry, 'log'>,
  work: () => Promise<unknown>,
  told?: (result: unknown) => Readonly<Record<string, string>>,
): Promise<void> {
  const facts = { StackId: event.StackId, RequestId: event.RequestId, LogicalResourceId: event.LogicalResourceId, PhysicalResourceId: physicalId };
  let outcome: object;
  try {
    const result = await work();
    outcome = { Status: 'SUCCESS', ...(told === undefined ? {} : { Data: told(result) }) };
  } catch (error) {
    telemetry.log('error', 'what a deployment asked for could not be done', { resource: event.LogicalResourceId, request: event.RequestType, error });
    outcome = { Status: 'FAILED', Reason: isAppError(error) ? error.message : `it failed with ${(error as { name?: string }).name ?? 'an error'}: see the log of the function` };
  }
  await answer(event.ResponseURL, { ...facts, ...outcome });
}

async function answer(url: string, document: object): Promise<void> {
  const body = JSON.stringify(document);
  for (let tries = 1; ; tries++) {
    try {
      // A signed address takes no type.
      const response = await fetch(url, { method: 'PUT', body, headers: { 'content-type': '' }, signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (response.ok) return;
      throw new Error(`the deployment took no answer: ${response.status}`);
    } catch (error) {
      if (tries === TRIES) throw error;
    }
  }
}
