import { linesOfCalls } from './calls.ts';
import type { Counters } from './counters.ts';
import { billOf, USAGES } from './idle.ts';
import { dollarsOf, PRICES_AS_OF, PRICES_REGION, totalOf, unitOf, type Line } from './prices.ts';
import type { PricedResource } from './standing.ts';

/** Dollars a month asleep, with the web ACL, and dollars of a thousand runs: what they may be. */
export const GOALS = { asleep: 25, thousandRuns: 2 } as const;

export interface CostReport {
  readonly months: readonly { readonly name: string; readonly lines: readonly Line[] }[];
  readonly thousandRuns: readonly Line[];
}

export const costReport = (resources: readonly PricedResource[], counters: Counters): CostReport => ({
  months: USAGES.map((usage) => ({ name: usage.name, lines: billOf(resources, usage, counters) })),
  thousandRuns: linesOfCalls('runs', counters.run, 1000),
});

const money = (dollars: number): string => `$${dollars.toFixed(2)}`;
const number = (quantity: number): string => (quantity >= 100 ? Math.round(quantity).toLocaleString('en') : String(Number(quantity.toPrecision(3))));

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  return [line(head), `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`, ...rows.map(line)].join('\n');
}

/** Sums by what is paid for, in the order of their first line. */
function byWhat(lines: readonly Line[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const line of lines) sums.set(line.what, (sums.get(line.what) ?? 0) + dollarsOf(line));
  return sums;
}

/** The bill of a month, by resource and kind of call: a column for each usage. */
export function monthTable({ months }: CostReport): string {
  const sums = months.map(({ lines }) => byWhat(lines));
  const names = [...new Set(sums.flatMap((sum) => [...sum.keys()]))].filter((name) => sums.some((sum) => (sum.get(name) ?? 0) >= 0.005));
  const rows = names.map((name) => [name, ...sums.map((sum) => money(sum.get(name) ?? 0))]);
  return markdown(['a month', ...months.map(({ name }) => name)], [...rows, ['all, with smaller ones', ...months.map(({ lines }) => money(totalOf(lines)))]]);
}

/** What a thousand runs call, and what that costs. */
export function runTable({ thousandRuns }: CostReport): string {
  const rows = thousandRuns.map((line) => [unitOf(line.price), number(line.quantity / 1000), money(dollarsOf(line))]);
  return markdown(['what a run calls', 'per run', '1,000 runs'], [...rows, ['all', '', money(totalOf(thousandRuns))]]);
}

export const provenance = (counters: Counters): string =>
  `List prices of ${PRICES_REGION} as of ${PRICES_AS_OF}, without free tiers, discounts and taxes; calls counted on ${counters.countedAt}.`;
