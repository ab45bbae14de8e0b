import { describe, it } from 'node:test';
import { expect } from 'expect';
import { linesOfCalls } from '../../lib/costs/calls.ts';
import { COUNTERS } from '../../lib/costs/counters.ts';
import { totalOf } from '../../lib/costs/prices.ts';
import { countJourney } from '../support/counted-journey.ts';
import { needsTerraform } from '../support/requirements.ts';

describe('the counted calls of a run', needsTerraform, () => {
  it('are those that a real push to apply makes now, to a tenth (npm run bench -- counters)', async () => {
    const { run, tick } = await countJourney(2);

    expect(run.sql).toBeGreaterThan(50);
    expect(Math.abs((run.sql ?? 0) / (COUNTERS.run.sql ?? 1) - 1)).toBeLessThan(0.1);
    expect(Math.abs(totalOf(linesOfCalls('run', run)) / totalOf(linesOfCalls('run', COUNTERS.run)) - 1)).toBeLessThan(0.1);
    expect(tick.sql).toBeLessThanOrEqual((COUNTERS.tick.sql ?? 0) + 2);
  });
});
