import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Wanted } from './deployment.ts';
import type { Outcome } from './function-process.ts';
import { functionNameIn } from './parts.ts';
import type { Made } from './template.ts';

interface Answer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId?: string;
  readonly Data?: Readonly<Record<string, string>>;
}

type Invoke = (functionName: string, event: unknown) => Promise<Outcome>;

/** Has a custom resource made by the function that its token names, which answers at an address of its own, as with CloudFormation. */
export const makeByFunction = (wanted: Wanted, invoke: Invoke): Promise<Made> => ask(wanted, invoke, { RequestType: 'Create' });

/** Has the function take away what it made. */
export const removeByFunction = async (wanted: Wanted, made: Made, invoke: Invoke): Promise<void> =>
  void (await ask(wanted, invoke, { RequestType: 'Delete', PhysicalResourceId: made.ref }));

async function ask(wanted: Wanted, invoke: Invoke, request: { readonly RequestType: string; readonly PhysicalResourceId?: string }): Promise<Made> {
  let answered: (answer: Answer) => void = () => undefined;
  const answer = new Promise<Answer>((resolve) => (answered = resolve));
  const server = createServer((request, response) => {
    void (async () => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      response.end();
      answered(JSON.parse(Buffer.concat(parts).toString('utf8')) as Answer);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { ServiceToken: token, ...properties } = wanted.properties;
    const outcome = await invoke(functionNameIn(String(token)), {
      ...request,
      ResponseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      StackId: `arn:aws:cloudformation:::stack/${wanted.stack}/1`,
      RequestId: randomUUID(),
      LogicalResourceId: wanted.id,
      ResourceType: wanted.type,
      ResourceProperties: { ServiceToken: token, ...properties },
    });
    if ('fault' in outcome) throw new Error(`${wanted.stack}.${wanted.id} failed: ${outcome.fault.errorType}: ${outcome.fault.errorMessage}`);
    const { Status: status, Reason: reason, PhysicalResourceId: id = wanted.id, Data: data = {} } = await answer;
    if (status !== 'SUCCESS') throw new Error(`${wanted.stack}.${wanted.id} failed: ${reason ?? ''}`);
    return { ref: id, attributes: data };
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
