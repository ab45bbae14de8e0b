import type { Ports } from '../../ports/ports.ts';
import type { Evaluation } from '../evaluation.ts';

/** Values of the type's rules as JSON text, from the row or from the object that holds what is large. */
export async function resultText(ports: Pick<Ports, 'objects'>, evaluation: Evaluation): Promise<string> {
  if (evaluation.resultKey === null) return JSON.stringify(evaluation.result ?? {});
  return (await ports.objects.get('documents', evaluation.resultKey))?.toString('utf8') ?? '{}';
}
