import {
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  GetPolicyCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  ListTargetsForPolicyCommand,
  type IoTClient,
} from '@aws-sdk/client-iot';
import { isDeepStrictEqual } from 'node:util';
import { policyName, poolOfPolicy, poolPolicy, type IotPlace } from './iot-policy.ts';
import { calling, isServiceError } from './service-errors.ts';

const SERVICE = 'the certificate service';

/** The policies of the pools in one region, as they are kept by the service. */
export class IotPolicies {
  readonly #client: IoTClient;
  readonly #place: IotPlace;

  constructor({ client, place }: { readonly client: IoTClient; readonly place: IotPlace }) {
    this.#client = client;
    this.#place = place;
  }

  #name(poolId: string): string {
    return policyName(this.#place.namespace, poolId);
  }

  /** Pools that have a policy here, known to the platform or not. */
  async pools(): Promise<readonly string[]> {
    const pools: string[] = [];
    let marker: string | undefined;
    do {
      const page = await calling(SERVICE, () =>
        this.#client.send(new ListPoliciesCommand({ pageSize: 250, ...(marker === undefined ? {} : { marker }) })),
      );
      for (const { policyName: name = '' } of page.policies ?? []) {
        const pool = poolOfPolicy(this.#place.namespace, name);
        if (pool !== undefined) pools.push(pool);
      }
      marker = page.nextMarker;
    } while (marker !== undefined && marker !== '');
    return pools;
  }

  /** Ids of the certificates that a pool's policy is attached to. */
  async certificatesOf(poolId: string): Promise<readonly string[]> {
    const ids: string[] = [];
    let marker: string | undefined;
    try {
      do {
        const page = await calling(SERVICE, () =>
          this.#client.send(
            new ListTargetsForPolicyCommand({ policyName: this.#name(poolId), pageSize: 250, ...(marker === undefined ? {} : { marker }) }),
          ),
        );
        for (const target of page.targets ?? []) ids.push(target.slice(target.indexOf(':cert/') + ':cert/'.length));
        marker = page.nextMarker;
      } while (marker !== undefined && marker !== '');
    } catch (error) {
      if (!isServiceError(error, 'ResourceNotFoundException')) throw error;
    }
    return ids;
  }

  /** What a pool's policy says: as it should, something else, or there is none. */
  async state(poolId: string): Promise<'right' | 'wrong' | 'missing'> {
    try {
      const { policyDocument } = await calling(SERVICE, () => this.#client.send(new GetPolicyCommand({ policyName: this.#name(poolId) })));
      return isDeepStrictEqual(parsed(policyDocument), parsed(poolPolicy(this.#place, poolId))) ? 'right' : 'wrong';
    } catch (error) {
      if (isServiceError(error, 'ResourceNotFoundException')) return 'missing';
      throw error;
    }
  }

  /** Writes the policy anew. The service keeps five versions: the old ones go first. */
  async correct(poolId: string): Promise<void> {
    await this.#removeOldVersions(poolId);
    await calling(SERVICE, () =>
      this.#client.send(
        new CreatePolicyVersionCommand({ policyName: this.#name(poolId), policyDocument: poolPolicy(this.#place, poolId), setAsDefault: true }),
      ),
    );
  }

  /** Removes a policy that is attached to nothing. */
  async remove(poolId: string): Promise<void> {
    try {
      await this.#removeOldVersions(poolId);
      await calling(SERVICE, () => this.#client.send(new DeletePolicyCommand({ policyName: this.#name(poolId) })));
    } catch (error) {
      if (!isServiceError(error, 'ResourceNotFoundException')) throw error;
    }
  }

  async #removeOldVersions(poolId: string): Promise<void> {
    const { policyVersions = [] } = await calling(SERVICE, () =>
      this.#client.send(new ListPolicyVersionsCommand({ policyName: this.#name(poolId) })),
    );
    for (const { versionId, isDefaultVersion = false } of policyVersions) {
      if (!isDefaultVersion)
        await calling(SERVICE, () =>
          this.#client.send(new DeletePolicyVersionCommand({ policyName: this.#name(poolId), policyVersionId: versionId })),
        );
    }
  }
}

function parsed(document: string | undefined): unknown {
  try {
    return JSON.parse(document ?? '') as unknown;
  } catch {
    return undefined;
  }
}
