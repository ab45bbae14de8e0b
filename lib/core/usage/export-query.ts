import { invalid } from '../shared/errors.ts';
import { dayOf, daysEarlier, spanOfDay, startOfDay, type Span } from './periods.ts';

const ASPECTS = ['worker-count', 'run-minutes'] as const;
const GROUPINGS = ['run-type', 'run-state'] as const;
type Aspect = (typeof ASPECTS)[number];
type Grouping = (typeof GROUPINGS)[number];

export interface ExportQuery {
  readonly aspect: Aspect;
  readonly groupBy: Grouping;
  readonly span: Span;
}

type Given = Readonly<Partial<Record<'since' | 'until' | 'aspect' | 'groupBy', string | null>>>;

const USUAL_DAYS = 30;
const MOST_DAYS = 366;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** What is asked for, in its own words: days or moments, the last day included. Left out are the last thirty days and the workers. */
export function exportQuery(given: Given, now: Date): ExportQuery {
  const span = {
    since: given.since ? momentOf('since', given.since, startOfDay) : startOfDay(dayOf(daysEarlier(now, USUAL_DAYS))),
    until: given.until ? momentOf('until', given.until, endOfDay) : endOfDay(dayOf(now)),
  };
  if (span.since >= span.until) throw invalid('the period ends before it begins: since must be before until');
  if (span.since < daysEarlier(span.until, MOST_DAYS)) throw invalid(`the period is longer than ${MOST_DAYS} days: ask for a shorter one`);
  return { aspect: oneOf('aspect', ASPECTS, given.aspect), groupBy: oneOf('groupBy', GROUPINGS, given.groupBy), span };
}

const endOfDay = (day: string): Date => spanOfDay(day).until;

function momentOf(name: string, text: string, ofDay: (day: string) => Date): Date {
  const at = DAY.test(text) ? isDay(text) && ofDay(text) : MOMENT.test(text) && new Date(text);
  if (at !== false && !Number.isNaN(at.getTime())) return at;
  throw invalid(`${name}: ${JSON.stringify(text)} is neither a day such as 2026-01-31 nor a time such as 2026-01-31T12:00:00Z`);
}

/** Not the thirtieth of February, which a Date takes for the second of March. */
const isDay = (text: string): boolean => !Number.isNaN(startOfDay(text).getTime()) && dayOf(startOfDay(text)) === text;

function oneOf<const Choice extends string>(name: string, choices: readonly [Choice, ...Choice[]], text: string | null | undefined): Choice {
  if (!text) return choices[0];
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw invalid(`${name}: ${JSON.stringify(text)} is none of ${choices.join(', ')}`);
  return found;
}
