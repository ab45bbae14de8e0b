/** One entry of the audit trail. */
export interface AuditTrailEntry {
  readonly id: string;
  readonly action: string;
  readonly actor: string;
  readonly actorKind: string;
  readonly actorRoles: readonly string[];
  readonly remoteIp: string | null;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly relatedType: string | null;
  readonly relatedId: string | null;
  readonly spaceId: string | null;
  /** The mutation that was called; null for what is none, such as signing in. */
  readonly mutation: string | null;
  /** Its arguments without secrets. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Facts of the change. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
}

const EVENTS: Readonly<Record<string, string>> = { 'session.create': 'login', 'login.failed': 'login_failed' };

/** What happened: the mutation, or what it is called where none was. */
export const eventTypeOf = ({ action, mutation }: Pick<AuditTrailEntry, 'action' | 'mutation'>): string => mutation ?? EVENTS[action] ?? action;

/** The run that acted, from `run::<stack>::<run>`. */
export function actingRun(actor: string): { readonly id: string; readonly stackId: string } | undefined {
  const [source, stackId, id] = actor.split('::');
  return source === 'run' && stackId !== undefined && id !== undefined ? { id, stackId } : undefined;
}

/** What a call changed and with which arguments. */
export const entryData = (entry: Pick<AuditTrailEntry, 'resourceId' | 'args' | 'body'>): Readonly<Record<string, unknown>> => ({ ID: entry.resourceId, args: Object.keys(entry.args).length > 0 ? entry.args : entry.body });

/** An entry as receivers get it. */
export function auditBody(accountName: string, entry: Omit<AuditTrailEntry, 'id'>): Readonly<Record<string, unknown>> {
  return {
    account: accountName,
    action: entry.action,
    actor: entry.actor,
    ...(entry.actorRoles.length === 0 ? {} : { actor_roles: entry.actorRoles }),
    context: entry.mutation === null ? {} : { mutation: entry.mutation },
    data: entryData(entry),
    remoteIP: entry.remoteIp ?? '',
    timestamp: entry.createdAt.getTime(),
  };
}

/** Who listens is told of an entry of this age at most. What shows that it was is kept for longer. */
export const TOLD_WITHIN_MS = 48 * 3_600_000;

/** What a webhook is told of the entry under, once. */
export const auditSource = (id: string): string => `audit/${id}`;

export const AUDIT_DAYS = 30;
