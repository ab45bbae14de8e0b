import type { Ports } from '../../ports/ports.ts';
import type { Stack } from '../../stacks/stack.ts';
import type { StoredOutput } from '../output-store.ts';
import type { FoundOutput } from '../resources-document.ts';

/** A row has at most 64 KiB; ciphertext is longer than what it hides. */
const LONGEST_IN_ROW = 32 * 1024;

/** Outputs as they are kept: a sensitive value only encrypted, and only where the stack's owner wants it handed on. */
export async function storedOutputs(ports: Pick<Ports, 'objects' | 'cipher' | 'ids'>, stack: Stack, outputs: readonly FoundOutput[], runId: string | null): Promise<readonly StoredOutput[]> {
  const unique = new Map(outputs.map((output) => [output.name, output]));
  const stored: StoredOutput[] = [];
  for (const { name, sensitive, value, hash } of unique.values()) {
    const base = { name, description: null, sensitive, value: null, ciphertext: null, objectKey: null, hash, runId };
    const hidden = sensitive ? (value !== null && stack.sensitiveOutputUpload ? await ports.cipher.encrypt(Buffer.from(value), outputContext(stack, name)) : null) : null;
    const text = sensitive ? hidden : value;
    if (text === null) stored.push(base);
    else if (text.length > LONGEST_IN_ROW) stored.push({ ...base, objectKey: await putAside(ports, stack.id, text) });
    else stored.push(sensitive ? { ...base, ciphertext: text } : { ...base, value: text });
  }
  return stored;
}

/** Binds an output's ciphertext to its stack, whatever slug that has. */
const outputContext = (stack: Stack, name: string) => ({ purpose: 'stack-output', stackCreatedAt: stack.createdAt.toISOString(), output: name });

async function putAside(ports: Pick<Ports, 'objects' | 'ids'>, stackId: string, text: string): Promise<string> {
  const key = `outputs/${stackId}/${ports.ids.ulid()}`;
  await ports.objects.put('documents', key, Buffer.from(text));
  return key;
}
