/** NAMED ones are for policies, STACK ones hear every step of a stack's runs, and AUDIT hears the audit trail. */
export type WebhookKind = 'NAMED' | 'STACK' | 'AUDIT';

/** Where something is sent to. Its secrets lie sealed beside it. */
export interface Webhook {
  readonly id: string;
  readonly kind: WebhookKind;
  /** What its secrets are bound to. */
  readonly ulid: string;
  readonly name: string | null;
  readonly spaceId: string | null;
  readonly stackId: string | null;
  readonly endpoint: string;
  readonly enabled: boolean;
  readonly labels: readonly string[];
  readonly retryOnFailure: boolean;
  /** Of the audit trail's: steps of runs too. */
  readonly includeRuns: boolean;
  readonly headerNames: readonly string[];
  /** Deliveries that failed since the last that did not. */
  readonly failures: number;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Ciphertexts; null where there is nothing. */
export interface SealedSecrets {
  readonly secret: string | null;
  readonly headers: string | null;
}

export const NO_SECRETS: SealedSecrets = { secret: null, headers: null };

/** After so many failed deliveries in a row nothing is sent any more. */
export const MAX_FAILURES = 10;

export type DeliveryStatus = 'PENDING' | 'DELIVERED' | 'FAILED';

/** One thing sent to one webhook, however often it was tried. */
export interface Delivery {
  readonly id: string;
  readonly webhookId: string;
  readonly source: string;
  /** `run_state`, `policy`, `internal_error`, `audit`, `test`. */
  readonly event: string;
  readonly method: string;
  readonly endpoint: string;
  readonly runId: string | null;
  readonly status: DeliveryStatus;
  readonly tries: number;
  readonly statusCode: number | null;
  readonly error: string | null;
  readonly durationMs: number | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

/** As it lies in the `deliveries` bucket; without the webhook's own headers. */
export interface DeliveryRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface DeliveryResponse {
  readonly status: number;
  readonly body: string;
  readonly cut: boolean;
}

export const requestKey = (deliveryId: string): string => `webhooks/${deliveryId}/request`;
export const responseKey = (deliveryId: string): string => `webhooks/${deliveryId}/response`;
