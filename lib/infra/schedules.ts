import { CfnRule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { TICKS, TICK_NAMES } from '../core/shared/ticks.ts';
import { tickInput } from '../core/shared/wire-message.ts';
import type { PlatformStack } from './platform-stack.ts';

const UNITS = [['day', 86_400], ['hour', 3600], ['minute', 60]] as const;

/** `rate(…)` as rules write it: the largest whole unit, and the word in the right number. */
export function rateExpression(seconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => seconds % size === 0) ?? (() => { throw new Error(`a rule cannot fire every ${seconds} seconds`); })();
  const count = seconds / size;
  return `rate(${count} ${unit}${count === 1 ? '' : 's'})`;
}

/** A rule for each job of the scheduler, with the message to put on the queue as its constant input. */
export class Schedules extends Construct {
  constructor(stack: PlatformStack, id: string) {
    super(stack, id);
    for (const name of TICK_NAMES) {
      const { everySeconds, starts } = TICKS[name];
      if (starts !== 'cronjobs') continue;
      new CfnRule(this, name, {
        name: `${stack.config.prefix}-${name}`,
        description: `job ${name} of the scheduler`,
        scheduleExpression: rateExpression(everySeconds),
        state: stack.config.servicesDisabled ? 'DISABLED' : 'ENABLED',
        targets: [
          { id: starts, arn: stack.names.queueArn(starts), input: JSON.stringify(tickInput(name)), deadLetterConfig: { arn: stack.names.queueArn('dlq') } },
        ],
      });
    }
  }
}
