import type { Sql } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import { sha256 } from '../../shared/text.ts';
import { leaveConfigObjects, type SealedConfig } from '../config-store.ts';
import { checkedConfig, type ConfigElement, type ConfigInput, type ConfigOwner } from '../config.ts';

/** Larger ciphertexts would not fit into a row. */
const MAX_ROW_CIPHERTEXT = 40 * 1024;

const contextOf = (element: Pick<ConfigElement, 'id'>) => ({ table: 'config_elements', id: element.id });

/** Checks what a client sent and encrypts it, bound to the element; large values become objects, written before the row. */
export async function sealConfig(ports: Pick<Ports, 'cipher' | 'clock' | 'ids' | 'objects'>, owner: ConfigOwner, input: ConfigInput): Promise<SealedConfig> {
  const { name, bytes, fileMode } = checkedConfig(input);
  const id = ports.ids.ulid();
  const ciphertext = await ports.cipher.encrypt(bytes, contextOf({ id }));
  const objectKey = ciphertext.length > MAX_ROW_CIPHERTEXT ? `config/${id}` : null;
  if (objectKey !== null) await ports.objects.put('documents', objectKey, Buffer.from(ciphertext, 'utf8'));
  return {
    id, owner, name, type: input.type, description: input.description ?? null, writeOnly: input.writeOnly, checksum: sha256(input.value), fileMode,
    createdAt: ports.clock.now(), ciphertext: objectKey === null ? ciphertext : null, objectKey,
  };
}

/** The raw value. */
export async function openConfig(ports: Pick<Ports, 'cipher' | 'objects'>, element: SealedConfig): Promise<Buffer> {
  const ciphertext = element.objectKey === null ? element.ciphertext : (await ports.objects.get('documents', element.objectKey))?.toString('utf8');
  if (ciphertext === null || ciphertext === undefined) throw new Error(`the value of config element ${element.id} is gone from the object store`);
  return ports.cipher.decrypt(ciphertext, contextOf(element));
}

/** As clients get it: variables as text, files as base64. */
export function shownValue(element: Pick<ConfigElement, 'type'>, bytes: Buffer): string {
  return element.type === 'FILE_MOUNT' ? bytes.toString('base64') : bytes.toString('utf8');
}

/** Longer than anybody who has read the row takes to read the object that it names. */
const UNUSED_MS = 3_600_000;

/** Leaves the objects of elements that go with this transaction to the sweep. */
export async function dropConfigObjects(ports: Pick<Ports, 'clock'>, sql: Sql, keys: readonly (string | null)[]): Promise<void> {
  await leaveConfigObjects(sql, keys.filter((key) => key !== null), new Date(ports.clock.now().getTime() + UNUSED_MS));
}
