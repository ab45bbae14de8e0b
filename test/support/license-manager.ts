import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as sdk from '@aws-sdk/client-license-manager';
import type { GrantedLicense } from '@aws-sdk/client-license-manager';
import { operationShapes, shapeFaults } from './aws-model.ts';

const OPERATIONS = {
  ListReceivedLicenses: sdk.ListReceivedLicenses$,
  CheckoutLicense: sdk.CheckoutLicense$,
  ExtendLicenseConsumption: sdk.ExtendLicenseConsumption$,
  CheckInLicense: sdk.CheckInLicense$,
  ListReceivedGrants: sdk.ListReceivedGrants$,
  AcceptGrant: sdk.AcceptGrant$,
  CreateGrantVersion: sdk.CreateGrantVersion$,
} as const;

export type LicenseOperation = keyof typeof OPERATIONS;
type Body = Readonly<Record<string, unknown>>;

/** An answer in place of the service's own: the error's name is how the service tells it. */
export interface Fault {
  readonly status: number;
  readonly error: string;
  readonly body?: Body;
  readonly headers?: Readonly<Record<string, string>>;
}

const HOUR_MS = 3_600_000;
const SOON = '2027-01-15T12:00:00Z';

class Refused extends Error {
  readonly fault: Fault;
  constructor(error: string, status = 400) {
    super(error);
    this.fault = { status, error };
  }
}

/** A licence as an account receives it from Marketplace. */
export const aLicense = (changes: Partial<GrantedLicense> = {}): GrantedLicense => ({
  LicenseArn: 'arn:aws:license-manager::294406891311:license:l-0123456789abcdef0123456789abcdef',
  LicenseName: 'Windlass',
  ProductName: 'Windlass',
  ProductSKU: 'prod-abc',
  Issuer: { Name: 'AWS/Marketplace', KeyFingerprint: 'aws:294406891311:AWS/Marketplace:issuer-fingerprint' },
  HomeRegion: 'us-east-1',
  Status: 'AVAILABLE',
  Validity: { Begin: '2025-01-01T00:00:00Z', End: SOON },
  Beneficiary: '123456789012',
  Entitlements: [{ Name: 'enterprise', Unit: 'None' }, { Name: 'sso', Unit: 'None' }, { Name: 'workers', Unit: 'Count', MaxCount: 5 }],
  ConsumptionConfiguration: { RenewType: 'None', ProvisionalConfiguration: { MaxTimeToLiveInMinutes: 60 } },
  CreateTime: '2025-01-01T00:00:00Z',
  Version: '1',
  ReceivedMetadata: { ReceivedStatus: 'ACTIVE', AllowedOperations: ['CheckoutLicense', 'CheckInLicense', 'ExtendConsumptionLicense', 'ListPurchasedLicenses'] },
  ...changes,
});

export interface LicenseManagerDouble {
  readonly url: string;
  licenses: GrantedLicense[];
  /** How many may hold the licence at once. */
  seats: number;
  /** What was asked, in order. */
  readonly calls: { readonly operation: LicenseOperation; readonly body: Body; readonly region: string }[];
  /** Requests and answers that are not as the SDK's model has them. */
  readonly modelFaults: string[];
  /** The service's answer to the next call of the operation; `Infinity` times for all to come. */
  failNext(operation: LicenseOperation, fault: Fault, times?: number): void;
  /** Region in which the licence lives; calls from others are redirected. */
  homeRegion: string | undefined;
  /** Ends what is held, as the hour does. */
  expireTokens(): void;
  held(): number;
  close(): Promise<void>;
}

/** License Manager's calls for whoever received a licence, over HTTP in the service's own protocol; each shape is checked against the SDK's model. */
export async function licenseManager(now: () => Date = () => new Date()): Promise<LicenseManagerDouble> {
  const tokens = new Map<string, number>();
  const answers = new Map<string, Body>();
  const faults: { readonly operation: LicenseOperation; readonly fault: Fault; times: number }[] = [];

  const find = (body: Body) => {
    const matching = double.licenses.filter(({ ProductSKU, Issuer }) => ProductSKU === body.ProductSKU && Issuer?.KeyFingerprint === body.KeyFingerprint);
    return matching.find(({ Status }) => Status === 'AVAILABLE') ?? matching[0];
  };
  const held = () => [...tokens.values()].filter((until) => until > now().getTime()).length;

  const handlers: Readonly<Record<LicenseOperation, (body: Body) => Body>> = {
    ListReceivedLicenses: ({ Filters = [] }) => {
      const wanted = (name: string) => (Filters as readonly { readonly Name: string; readonly Values: readonly string[] }[]).find(({ Name }) => Name === name)?.Values;
      const matches = (value: string | undefined, among: readonly string[] | undefined) => among === undefined || among.includes(value ?? '');
      return { Licenses: double.licenses.filter(({ ProductSKU, Issuer }) => matches(ProductSKU, wanted('ProductSKU')) && matches(Issuer?.KeyFingerprint, wanted('Fingerprint'))) };
    },
    CheckoutLicense: (body) => {
      const repeated = answers.get(String(body.ClientToken));
      if (repeated !== undefined) return repeated;
      const license = find(body);
      if (license === undefined) throw new Refused('ResourceNotFoundException');
      const offered = new Set(license.Entitlements?.map(({ Name }) => Name));
      const allowed = (body.Entitlements as readonly { readonly Name: string; readonly Unit: string }[]).filter(({ Name }) => offered.has(Name));
      if (license.Status !== 'AVAILABLE' || license.ReceivedMetadata?.ReceivedStatus !== 'ACTIVE' || allowed.length === 0 || held() >= double.seats) throw new Refused('NoEntitlementsAllowedException');
      const token = randomUUID().replaceAll('-', '');
      const until = now().getTime() + HOUR_MS;
      tokens.set(token, until);
      const answer = {
        CheckoutType: body.CheckoutType, LicenseConsumptionToken: token, EntitlementsAllowed: allowed, SignedToken: 'signed', IssuedAt: now().toISOString(),
        Expiration: new Date(until).toISOString(), LicenseArn: license.LicenseArn,
      };
      answers.set(String(body.ClientToken), answer);
      return answer;
    },
    ExtendLicenseConsumption: ({ LicenseConsumptionToken }) => {
      const token = String(LicenseConsumptionToken);
      if ((tokens.get(token) ?? 0) <= now().getTime()) throw new Refused('ResourceNotFoundException');
      const until = now().getTime() + HOUR_MS;
      tokens.set(token, until);
      return { LicenseConsumptionToken: token, Expiration: new Date(until).toISOString() };
    },
    CheckInLicense: ({ LicenseConsumptionToken }) => {
      if (!tokens.delete(String(LicenseConsumptionToken))) throw new Refused('ResourceNotFoundException');
      return {};
    },
    ListReceivedGrants: () => ({
      Grants: double.licenses.map(({ LicenseArn, ReceivedMetadata }, index) => ({
        GrantArn: `arn:aws:license-manager::294406891311:grant:g-${index}`, GrantName: 'purchase', ParentArn: LicenseArn, LicenseArn, GranteePrincipalArn: 'arn:aws:iam::123456789012:root',
        HomeRegion: 'us-east-1', GrantStatus: ReceivedMetadata?.ReceivedStatus, Version: '1', GrantedOperations: ['CheckoutLicense'],
      })),
    }),
    AcceptGrant: ({ GrantArn }) => {
      changeGrant(GrantArn, 'DISABLED');
      return { GrantArn, Status: 'DISABLED', Version: '1' };
    },
    CreateGrantVersion: ({ GrantArn, Status }) => {
      changeGrant(GrantArn, Status as 'ACTIVE');
      return { GrantArn, Status, Version: '2' };
    },
  };

  function changeGrant(arn: unknown, ReceivedStatus: 'ACTIVE' | 'DISABLED'): void {
    const index = Number(String(arn).split('g-').at(-1));
    const license = double.licenses[index];
    if (license === undefined) throw new Refused('ResourceNotFoundException');
    double.licenses[index] = { ...license, ReceivedMetadata: { ...license.ReceivedMetadata, ReceivedStatus } };
  }

  function note(operation: LicenseOperation, side: 'request' | 'answer', document: unknown): void {
    double.modelFaults.push(...shapeFaults(operationShapes(OPERATIONS[operation])[side], document, `${operation} ${side}`));
  }

  function respond(operation: LicenseOperation, body: Body, region: string): { readonly status: number; readonly body: Body; readonly headers?: Readonly<Record<string, string>> } {
    note(operation, 'request', body);
    double.calls.push({ operation, body, region });
    const planned = faults.find((entry) => entry.operation === operation && entry.times > 0);
    if (planned !== undefined) planned.times -= 1;
    const fault = planned?.fault ?? (double.homeRegion !== undefined && region !== double.homeRegion ? { status: 308, error: 'RedirectException', body: { Location: double.homeRegion } } : undefined);
    if (fault !== undefined) return { status: fault.status, body: { __type: fault.error, ...fault.body }, headers: { 'x-amzn-errortype': fault.error, ...fault.headers } };
    try {
      const answer = handlers[operation](body);
      note(operation, 'answer', answer);
      return { status: 200, body: answer };
    } catch (error) {
      if (error instanceof Refused) return { status: error.fault.status, body: { __type: error.fault.error } };
      throw error;
    }
  }

  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const operation = String(request.headers['x-amz-target']).split('.').at(-1) as LicenseOperation;
      const region = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(String(request.headers.authorization))?.[1] ?? '';
      const known = Object.hasOwn(OPERATIONS, operation);
      const answer = known ? respond(operation, JSON.parse(Buffer.concat(parts).toString('utf8')) as Body, region) : { status: 400, body: { __type: 'UnknownOperationException' } };
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1', ...('headers' in answer ? answer.headers : {}) }).end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();

  const double: LicenseManagerDouble = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    licenses: [aLicense()],
    seats: 1,
    calls: [],
    modelFaults: [],
    homeRegion: undefined,
    failNext: (operation, fault, times = 1) => void faults.push({ operation, fault, times }),
    expireTokens: () => tokens.clear(),
    held,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return double;
}
