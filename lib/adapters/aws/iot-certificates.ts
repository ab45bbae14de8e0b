import { X509Certificate } from 'node:crypto';
import {
  AttachPolicyCommand,
  CreateCertificateFromCsrCommand,
  CreatePolicyCommand,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  DetachPolicyCommand,
  ListAttachedPoliciesCommand,
  ListCertificatesCommand,
  RegisterCertificateWithoutCACommand,
  UpdateCertificateCommand,
  type IoTClient,
  type Tag,
} from '@aws-sdk/client-iot';
import { notFound } from '../../core/shared/errors.ts';
import { readSigningRequest } from '../certificates/signing-request.ts';
import { policyName, poolPolicy, type IotPlace } from './iot-policy.ts';
import { calling, isServiceError } from './service-errors.ts';
import { IotPolicies } from './iot-policies.ts';

const SERVICE = 'the certificate service';

/** IoT in one region. */
export interface IotRegion {
  readonly client: IoTClient;
  readonly place: IotPlace;
}

export interface MadeCertificate {
  readonly certificateId: string;
  readonly pem: string;
}

const certificateArn = ({ partition, region, accountId }: IotPlace, certificateId: string): string =>
  `arn:${partition}:iot:${region}:${accountId}:cert/${certificateId}`;

/** The clocks of function and service may differ, by far less than what is waited for. */
const SKEW_MS = 5 * 60_000;
const isWithin = (time: Date, from: Date, to: Date): boolean => time.getTime() >= from.getTime() - SKEW_MS && time.getTime() <= to.getTime();

/** Undefined instead of the service's word for what is not there. */
async function orAbsent<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await calling(SERVICE, call);
  } catch (error) {
    if (isServiceError(error, 'ResourceNotFoundException')) return undefined;
    throw error;
  }
}

/** Whether it was made now; false when it was there. */
async function orPresent(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await calling(SERVICE, call);
    return true;
  } catch (error) {
    if (isServiceError(error, 'ResourceAlreadyExistsException')) return false;
    throw error;
  }
}

/**
 * The steps by which a pool's certificate comes and goes in one region. Each may be repeated, but the first: a request makes another
 * certificate every time.
 */
export class IotCertificates {
  readonly place: IotPlace;
  readonly policies: IotPolicies;
  readonly #client: IoTClient;

  constructor({ client, place }: IotRegion) {
    this.#client = client;
    this.place = place;
    this.policies = new IotPolicies({ client, place });
  }

  /** A certificate that opens nothing yet, and is inactive until it is attached: should nobody hear of it, it is of no use. */
  async create(csr: string): Promise<MadeCertificate> {
    const { request } = await readSigningRequest(csr);
    const { certificateId, certificatePem } = await calling(SERVICE, () =>
      this.#client.send(new CreateCertificateFromCsrCommand({ certificateSigningRequest: request.toString('pem'), setAsActive: false })),
    );
    if (certificateId === undefined || certificatePem === undefined) throw new Error('the certificate service gave no certificate');
    return { certificateId, pem: `${certificatePem.trim()}\n` };
  }

  /** The same certificate in this region, where it was made in another. */
  async register(pem: string): Promise<void> {
    await orPresent(() => this.#client.send(new RegisterCertificateWithoutCACommand({ certificatePem: pem, status: 'ACTIVE' })));
  }

  async createPolicy(poolId: string): Promise<void> {
    await orPresent(() =>
      this.#client.send(
        new CreatePolicyCommand({ policyName: policyName(this.place.namespace, poolId), policyDocument: poolPolicy(this.place, poolId), ...this.#tags() }),
      ),
    );
  }

  /** Without any the call needs no right to tag. */
  #tags(): { readonly tags?: Tag[] } {
    const { tags = [] } = this.place;
    return tags.length === 0 ? {} : { tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) };
  }

  /** Attaches the pool's policy and makes the certificate active. NOT_FOUND when one of them went away since it was made. */
  async attach(poolId: string, certificateId: string): Promise<void> {
    const target = certificateArn(this.place, certificateId);
    const attached = await orAbsent(() => this.#client.send(new AttachPolicyCommand({ policyName: policyName(this.place.namespace, poolId), target })));
    if (attached === undefined) throw notFound('the certificate or its policy is gone', { poolId, certificateId });
    await this.activate(certificateId);
  }

  async find(certificateId: string): Promise<{ readonly pem: string; readonly isActive: boolean; readonly createdAt: Date | undefined } | undefined> {
    const answer = await orAbsent(() => this.#client.send(new DescribeCertificateCommand({ certificateId })));
    const found = answer?.certificateDescription;
    return found && { pem: found.certificatePem ?? '', isActive: found.status === 'ACTIVE', createdAt: found.creationDate };
  }

  async activate(certificateId: string): Promise<void> {
    await calling(SERVICE, () => this.#client.send(new UpdateCertificateCommand({ certificateId, newStatus: 'ACTIVE' })));
  }

  /** Ids of certificates that are inactive and were made in this time, ours or not. */
  async inactiveBetween(from: Date, to: Date): Promise<readonly string[]> {
    const ids: string[] = [];
    let marker: string | undefined;
    do {
      const page = await calling(SERVICE, () =>
        this.#client.send(new ListCertificatesCommand({ pageSize: 250, ...(marker === undefined ? {} : { marker }) })),
      );
      for (const { certificateId, status, creationDate } of page.certificates ?? [])
        if (certificateId !== undefined && status === 'INACTIVE' && creationDate !== undefined && isWithin(creationDate, from, to)) ids.push(certificateId);
      marker = page.nextMarker;
    } while (marker !== undefined && marker !== '');
    return ids;
  }

  /** Whether a certificate bears the key of this request. */
  async isFor(certificateId: string, csr: string): Promise<boolean> {
    const found = await this.find(certificateId);
    if (found === undefined) return false;
    const { publicKey } = await readSigningRequest(csr);
    return new X509Certificate(found.pem).publicKey.equals(publicKey);
  }

  async hasPolicy(certificateId: string): Promise<boolean> {
    const target = certificateArn(this.place, certificateId);
    const attached = await orAbsent(() => this.#client.send(new ListAttachedPoliciesCommand({ target })));
    return (attached?.policies ?? []).length > 0;
  }

  /** Takes a certificate away, from the first step on that makes it useless. What is gone already is no fault. */
  async remove(certificateId: string): Promise<void> {
    const known = await orAbsent(() => this.#client.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' })));
    if (known === undefined) return;
    const target = certificateArn(this.place, certificateId);
    const attached = await orAbsent(() => this.#client.send(new ListAttachedPoliciesCommand({ target })));
    for (const { policyName: name } of attached?.policies ?? [])
      await orAbsent(() => this.#client.send(new DetachPolicyCommand({ policyName: name, target })));
    // By force: for a while after the detaching the service takes it for attached.
    await orAbsent(() => this.#client.send(new DeleteCertificateCommand({ certificateId, forceDelete: true })));
  }

  /** Takes a pool's certificate away, and its policy once no certificate uses it. */
  async revoke(poolId: string, certificateId: string): Promise<void> {
    await this.remove(certificateId);
    if ((await this.policies.certificatesOf(poolId)).length === 0) await this.policies.remove(poolId);
  }
}
