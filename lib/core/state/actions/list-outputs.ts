import type { Ports } from '../../ports/ports.ts';
import { outputsOfStack, type StoredOutput } from '../output-store.ts';

export interface StackOutput {
  readonly id: string;
  readonly description: string | null;
  readonly sensitive: boolean;
  /** JSON text; null when sensitive. */
  readonly value: string | null;
}

/** Outputs of a stack by name; the caller has made sure that the stack may be seen. Sensitive values are never shown. */
export async function listOutputs(ports: Pick<Ports, 'db' | 'objects'>, stackId: string): Promise<readonly StackOutput[]> {
  const outputs = await outputsOfStack(ports.db.sql, stackId);
  return Promise.all(outputs.map(async (output) => ({ id: output.name, description: output.description, sensitive: output.sensitive, value: output.sensitive ? null : await valueOf(ports, output) })));
}

async function valueOf(ports: Pick<Ports, 'objects'>, output: StoredOutput): Promise<string | null> {
  if (output.objectKey === null) return output.value;
  return (await ports.objects.get('documents', output.objectKey))?.toString('utf8') ?? null;
}
