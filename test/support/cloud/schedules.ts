import type { RulePart } from './parts.ts';

const UNITS: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: 86_400 };

/** Milliseconds between two firings of `rate(5 minutes)`. */
export function rateMs(expression: string): number {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const seconds = UNITS[unit];
  if (seconds === undefined) throw new Error(`the schedule ${expression} is not kept here`);
  return Number(count) * seconds * 1000;
}

export interface Schedules {
  /** Fires a rule now; `name` without the installation's prefix. */
  fire(name: string): Promise<void>;
  /**
   * Lets so much time pass for the rules: each fires as often as it is due, in order. `reached` hears of each moment, in milliseconds from
   * the start, before what is due then.
   */
  advance(ms: number, reached?: (ms: number) => Promise<void>): Promise<void>;
}

/** The rules of the scheduler, by a clock that is set by hand. */
export function schedules(
  rules: readonly RulePart[],
  prefix: string,
  deliver: (target: { readonly arn: string; readonly input: string }) => Promise<void>,
): Schedules {
  const due = new Map(rules.filter(({ enabled }) => enabled).map((rule) => [rule, rateMs(rule.rate)]));
  let now = 0;
  const run = async (rule: RulePart): Promise<void> => {
    for (const target of rule.targets) await deliver(target);
  };
  return {
    async fire(name) {
      const rule = rules.find((each) => each.name === `${prefix}-${name}`);
      if (rule === undefined) throw new Error(`there is no rule ${name}: ${rules.map((each) => each.name).join(', ')}`);
      await run(rule);
    },
    async advance(ms, reached) {
      const from = now;
      const until = from + ms;
      for (;;) {
        const [next] = [...due].sort(([, a], [, b]) => a - b);
        if (next === undefined || next[1] > until) break;
        if (next[1] > now) await reached?.(next[1] - from);
        now = next[1];
        due.set(next[0], now + rateMs(next[0].rate));
        await run(next[0]);
      }
      now = until;
    },
  };
}
