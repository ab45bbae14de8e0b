import { GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { readSecret } from '../aws/secret-values.ts';
import { found, nameOf, type Check } from './check.ts';
import { mayPublish } from './topic-policy.ts';

/** Alarms reach a topic only if it lets them, and so do the events of the database. */
export const checkTopic: Check = async ({ aws, config, accountId }) => {
  if (config.alertTopicArn === null) return [];
  const { ok, failed } = found('alerting');
  const tellers = ['cloudwatch.amazonaws.com', ...(config.database.external === null ? ['events.rds.amazonaws.com'] : [])];
  try {
    const { Attributes } = await aws.sns.send(new GetTopicAttributesCommand({ TopicArn: config.alertTopicArn }));
    const refused = tellers.filter((service) => !mayPublish(service, Attributes?.Policy ?? '{}', accountId));
    if (refused.length === 0) return [ok('the topic admits alarms')];
    return [failed(`alerting.sns_topic_arn: the policy of the topic does not let ${refused.join(' and ')} publish`)];
  } catch (error) {
    return [failed(`alerting.sns_topic_arn: cannot be read (${nameOf(error)})`)];
  }
};

/** The operator's database: its secret can be read and holds an address, whose text is told to nobody. */
export const checkDatabaseSecret: Check = async ({ aws, config }) => {
  if (config.database.external === null) return [];
  const { ok, failed } = found('database secret');
  try {
    const value = await readSecret(aws, config.database.external.secretArn);
    if (value === undefined) return [failed('database.connection_string_ssm_arn: there is no such secret, or it has no value')];
    return [holdsAddress(value) ? ok('holds DATABASE_URL') : failed('database.connection_string_ssm_arn: the secret is no document with a DATABASE_URL such as postgres://…')];
  } catch (error) {
    return [failed(`database.connection_string_ssm_arn: cannot be read (${nameOf(error)})`)];
  }
};

function holdsAddress(value: string): boolean {
  try {
    return /^postgres(ql)?:\/\//.test(String((JSON.parse(value) as { readonly DATABASE_URL?: unknown }).DATABASE_URL));
  } catch {
    return false;
  }
}
