import type { Ports } from '../../ports/ports.ts';
import { listConfig, type SealedConfig } from '../config-store.ts';
import type { ConfigElement, ConfigOwner } from '../config.ts';
import { openConfig, shownValue } from './seal-config.ts';

/** An element as the API shows it; `value` is null for what may only be written. */
export interface ShownConfig extends ConfigElement {
  readonly value: string | null;
}

type Needs = Pick<Ports, 'db' | 'cipher' | 'objects'>;

/** Elements of owners that the caller is known to see. */
export async function showConfigOf(ports: Needs, owners: readonly ConfigOwner[]): Promise<readonly ShownConfig[]> {
  return Promise.all((await listConfig(ports.db.sql, owners)).map((element) => showConfig(ports, element)));
}

export async function showConfig(ports: Pick<Ports, 'cipher' | 'objects'>, sealed: SealedConfig): Promise<ShownConfig> {
  const { ciphertext: _, objectKey: __, ...element } = sealed;
  return { ...element, value: element.writeOnly ? null : shownValue(element, await openConfig(ports, sealed)) };
}
