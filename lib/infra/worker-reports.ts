import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnTopicRule } from 'aws-cdk-lib/aws-iot';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface WorkerReportsProps {
  readonly namespace: string;
  readonly reports: IQueue;
  readonly deadLetters: IQueue;
  readonly key: IKey;
  /** Whether connects and disconnects are reported as well. */
  readonly presence: boolean;
}

/** Names of rules allow fewer characters than topics do. */
export const topicRuleName = (namespace: string): string => namespace.replace(/[^A-Za-z0-9_]/g, '_');

/** Takes what workers publish into the queue, with the pool and the worker that the topic names: ids in the payload are not trusted. */
export class WorkerReports extends Construct {
  constructor(scope: Construct, id: string, props: WorkerReportsProps) {
    super(scope, id);
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('iot.amazonaws.com') });
    role.addToPolicy(new PolicyStatement({ sid: 'Send', actions: ['sqs:SendMessage'], resources: [props.reports.queueArn, props.deadLetters.queueArn] }));
    // The queues are encrypted: without these every heartbeat is lost in silence.
    role.addToPolicy(new PolicyStatement({ sid: 'Encrypt', actions: ['kms:GenerateDataKey', 'kms:Decrypt'], resources: [props.key.keyArn] }));
    const sendTo = (queue: IQueue): CfnTopicRule.ActionProperty => ({ sqs: { queueUrl: queue.queueUrl, roleArn: role.roleArn, useBase64: true } });
    const rule = (id: string, ruleName: string, sql: string): void => {
      const made = new CfnTopicRule(this, id, {
        ruleName,
        topicRulePayload: {
          sql,
          awsIotSqlVersion: '2016-03-23',
          ruleDisabled: false,
          actions: [sendTo(props.reports)],
          errorAction: sendTo(props.deadLetters),
        },
      });
      made.node.addDependency(role);
    };
    rule('Rule', topicRuleName(props.namespace),
      `SELECT *, Timestamp() as timestamp, topic(3) as worker_pool_ulid, topic(4) as worker_ulid FROM '${props.namespace}/writeonly/#'`);
    if (props.presence) rule('Presence', `${topicRuleName(props.namespace)}_presence`, "SELECT * FROM '$aws/events/presence/+/+'");
  }
}
