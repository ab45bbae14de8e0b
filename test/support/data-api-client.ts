import type { DataApiClient, DataApiField, DataApiParameter, ExecuteInput, ExecuteOutput } from '../../lib/adapters/aws/data-api-client.ts';
import { ServiceException } from './data-api-types.ts';

/** The calls over HTTP as the SDK's client makes them, without its signatures and retries. */
export function fetchDataApi(url: string): DataApiClient {
  async function post<Output>(operation: string, input: object): Promise<Output> {
    const response = await fetch(`${url}/${operation}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(input) });
    const body: unknown = await response.json();
    if (response.ok) return body as Output;
    const error = new ServiceException(response.headers.get('x-amzn-errortype') ?? 'UnknownError', (body as { message: string }).message);
    throw Object.assign(error, { $fault: response.status < 500 ? 'client' : 'server' });
  }
  return {
    async executeStatement(input: ExecuteInput): Promise<ExecuteOutput> {
      const output = await post<ExecuteOutput>('Execute', { ...input, ...(input.parameters === undefined ? {} : { parameters: input.parameters.map(encode) }) });
      return output.records === undefined ? output : { ...output, records: output.records.map((record) => record.map(decode)) };
    },
    batchExecuteStatement: (input) => post('BatchExecute', { ...input, parameterSets: input.parameterSets?.map((set) => set.map(encode)) }),
    beginTransaction: (input) => post('BeginTransaction', input),
    commitTransaction: (input) => post('CommitTransaction', input),
    rollbackTransaction: (input) => post('RollbackTransaction', input),
  };
}

/** Bytes travel as base64. */
const encode = (parameter: DataApiParameter): object =>
  parameter.value?.blobValue === undefined ? parameter : { ...parameter, value: { blobValue: Buffer.from(parameter.value.blobValue).toString('base64') } };

const decode = (field: DataApiField): DataApiField => (field.blobValue === undefined ? field : { blobValue: Buffer.from(field.blobValue as unknown as string, 'base64') });
