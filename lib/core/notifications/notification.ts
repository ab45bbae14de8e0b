import { sha256 } from '../shared/text.ts';
import type { Severity } from '../shared/internal-error.ts';

/** An entry of the inbox of those who administer a space. */
export interface Notification {
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly severity: Severity;
  readonly spaceId: string;
  readonly stackId: string | null;
  readonly runId: string | null;
  readonly policyId: string | null;
  /** How often the same came within an hour. */
  readonly times: number;
  readonly createdAt: Date;
  readonly lastAt: Date;
  readonly readAt: Date | null;
  readonly readBy: string | null;
}

export const INBOX_DAYS = 14;
/** Equal entries closer together than this are one. */
export const REPEATED_MS = 3_600_000;

const MAX_TITLE = 300;
const MAX_BODY = 8_000;

export const fittingText = (entry: Pick<Notification, 'title' | 'body'>): Pick<Notification, 'title' | 'body'> => ({ title: entry.title.slice(0, MAX_TITLE), body: entry.body.slice(0, MAX_BODY) });

/** What makes two entries equal. */
export const fingerprintOf = (entry: Pick<Notification, 'title' | 'body' | 'severity' | 'spaceId' | 'stackId' | 'runId' | 'policyId'>): string =>
  sha256(JSON.stringify([entry.title, entry.body, entry.severity, entry.spaceId, entry.stackId, entry.runId, entry.policyId]));
