const DAY_MS = 86_400_000;

/** From its first moment until the one behind its last. */
export interface Span {
  readonly since: Date;
  readonly until: Date;
}

/** The day of a moment, in UTC: `2026-01-31`. */
export const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

export const startOfDay = (day: string): Date => new Date(`${day}T00:00:00.000Z`);

export const spanOfDay = (day: string): Span => ({ since: startOfDay(day), until: new Date(startOfDay(day).getTime() + DAY_MS) });

/** The calendar month of a moment. */
export const monthOf = (at: Date): Span => ({
  since: new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1)),
  until: new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1)),
});

/** The days from one until before the other, oldest first. */
export function daysBetween(first: string, before: string): readonly string[] {
  const days: string[] = [];
  for (let at = startOfDay(first); dayOf(at) < before; at = new Date(at.getTime() + DAY_MS)) days.push(dayOf(at));
  return days;
}

export const daysEarlier = (at: Date, days: number): Date => new Date(at.getTime() - days * DAY_MS);
