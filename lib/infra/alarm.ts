import { Alarm, ComparisonOperator, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

export interface AlarmRule {
  readonly what: string;
  readonly metric: IMetric;
  readonly above?: number;
  readonly below?: number;
  readonly periods?: number;
  /** What no value means; nothing happened, unless told otherwise. */
  readonly missing?: TreatMissingData;
  /** Seen on its page, but told to nobody. */
  readonly silent?: boolean;
}

export type AddAlarm = (name: string, rule: AlarmRule) => void;

/** Makes alarms that tell a topic. */
export const alarms = (scope: Construct, prefix: string, topic: ITopic): AddAlarm => (name, rule) => {
  const { what, metric, above, below, periods = 1, missing = TreatMissingData.NOT_BREACHING, silent = false } = rule;
  new Alarm(scope, name, {
    alarmName: `${prefix}-${name}`,
    alarmDescription: what,
    metric,
    threshold: above ?? below ?? 0,
    comparisonOperator: above === undefined ? ComparisonOperator.LESS_THAN_THRESHOLD : ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: periods,
    datapointsToAlarm: periods,
    treatMissingData: missing,
    actionsEnabled: !silent,
  }).addAlarmAction(new SnsAction(topic));
};
