import document from './prices.json' with { type: 'json' };

export type PriceName = keyof typeof document.prices;

/** How many of what is paid for, each month or for each thousand runs. */
export interface Line {
  readonly what: string;
  readonly price: PriceName;
  readonly quantity: number;
}

export const PRICES_AS_OF = document.asOf;
export const PRICES_REGION = document.region;
export const HOURS_PER_MONTH = 730;
export const MINUTES_PER_MONTH = HOURS_PER_MONTH * 60;

const FREE: ReadonlySet<string> = new Set(document.free);

/** Whether a resource costs nothing by itself; what is done with it may. */
export const isFree = (type: string): boolean => FREE.has(type);
export const hasPrice = (name: string): name is PriceName => Object.hasOwn(document.prices, name);
export const unitOf = (name: PriceName): string => document.prices[name].unit;
export const dollarsOf = ({ price, quantity }: Line): number => document.prices[price].usd * quantity;
export const totalOf = (lines: readonly Line[]): number => lines.reduce((sum, line) => sum + dollarsOf(line), 0);
