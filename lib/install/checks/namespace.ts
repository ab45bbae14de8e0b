import { ListTopicRulesCommand, type TopicRuleListItem } from '@aws-sdk/client-iot';
import { found, type Check } from './check.ts';

/** Names of rules allow letters, digits and underscores only. */
const ruleName = (namespace: string): string => namespace.replace(/[^A-Za-z0-9_]/g, '_');

/** Whether a rule is about this namespace; one that listens to everything is no installation's. */
const takes = (pattern: string, namespace: string): boolean => pattern.startsWith(`${namespace}/`);

/** Two installations that share the first part of their topics would take each other's workers for their own. */
export const checkNamespace: Check = async ({ aws, config: { prefix } }) => {
  const { ok, failed } = found('namespace');
  const rules: TopicRuleListItem[] = [];
  let nextToken: string | undefined;
  do {
    const page = await aws.iot.send(new ListTopicRulesCommand(nextToken === undefined ? {} : { nextToken }));
    rules.push(...(page.rules ?? []));
    nextToken = page.nextToken ?? undefined;
  } while (nextToken !== undefined);
  const strange = rules.filter(({ ruleName: name = '', topicPattern = '' }) => name !== ruleName(prefix) && takes(topicPattern, prefix));
  if (strange.length === 0) return [ok(`${prefix} is this installation's alone`)];
  const names = strange.map(({ ruleName: name }) => name).join(', ');
  return [failed(`the topics ${prefix}/… are taken by another rule as well (${names}): remove it, or choose another name_prefix`)];
};
