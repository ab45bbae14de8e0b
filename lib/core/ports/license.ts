export type LicenseState = 'valid' | 'grace' | 'restricted';
export type LicenseType = 'aws' | 'jwt' | 'none';

/** The most of each that there may be; null: any number. */
export interface LicenseLimits {
  readonly workers: number | null;
  readonly users: number | null;
}

/** What a licence permits. */
export interface LicenseGrant {
  readonly licensee: string | null;
  readonly tier: string | null;
  readonly limits: LicenseLimits;
  readonly features: readonly string[];
  /** The end of the contract or token; null: none. */
  readonly validUntil: Date | null;
}

/** How the installation stands with its licence at this moment. */
export interface LicenseTerms extends LicenseGrant {
  readonly type: LicenseType;
  readonly state: LicenseState;
  /** What is wrong; null when nothing is. */
  readonly reason: string | null;
  /** When new runs stop starting unless something changes; null when nothing is wrong. */
  readonly graceEndsAt: Date | null;
  readonly checkedAt: Date | null;
}

/** What the installation may do. */
export interface License {
  terms(): Promise<LicenseTerms>;
}

/** What whoever gives licences answered. */
export type LicenseAnswer =
  /** `held`: what the next question is asked with. */
  | { readonly kind: 'granted'; readonly grant: LicenseGrant; readonly held: string | null }
  | { readonly kind: 'denied'; readonly reason: string }
  | { readonly kind: 'expired'; readonly reason: string; readonly at: Date }
  /** Nothing was learned. `isBuildFault`: no later try learns more, somebody has to act. */
  | { readonly kind: 'inconclusive'; readonly reason: string; readonly isBuildFault: boolean };

/** Whoever gives licences. */
export interface LicenseAuthority {
  readonly type: LicenseType;
  /** Asks whether the licence still holds, by what was held after the last question. A question repeated with its `requestId` counts once. */
  ask(held: string | null, requestId?: string): Promise<LicenseAnswer>;
  /** Gives back what is held, so that another may take it; never fails. */
  release(held: string): Promise<void>;
}

/** What is wrong since when, and until when it is borne. */
export interface LicenseTrouble {
  readonly kind: 'denied' | 'expired' | 'inconclusive';
  readonly reason: string;
  readonly since: Date;
  readonly until: Date;
}

/** What is remembered of the answers. */
export interface LicenseRecord {
  readonly type: LicenseType;
  /** Of the last good answer. */
  readonly grant: LicenseGrant | null;
  readonly goodAt: Date | null;
  readonly trouble: LicenseTrouble | null;
  readonly checkedAt: Date | null;
  readonly held: string | null;
  /** What the last deployment said is to be asked for, in the authority's words. */
  readonly asksFor: string | null;
  /** Somebody is asking: others leave it alone until then. */
  readonly busyUntil: Date | null;
}

/** Where the record is kept: outside the database, which a check must not wake. */
export interface LicenseRecords {
  read(): Promise<{ readonly record: LicenseRecord; readonly version: string } | undefined>;
  /** Writes it unless another did since `version` (undefined: unless it exists); the new version, or undefined when so. */
  replace(record: LicenseRecord, version: string | undefined): Promise<string | undefined>;
}
