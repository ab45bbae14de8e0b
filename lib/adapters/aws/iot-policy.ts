/** Where the broker is, and the first part of its topics. */
export interface IotPlace {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
  readonly namespace: string;
  /** What its policies carry; certificates take no tags. */
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
}

/** What the service takes for a policy. */
export const MAX_POLICY_BYTES = 2048;

const policyPrefix = (namespace: string): string => `${namespace}-pool-`;
export const policyName = (namespace: string, poolId: string): string => `${policyPrefix(namespace)}${poolId}`;

/** The pool of a policy that is one of ours. */
export function poolOfPolicy(namespace: string, name: string): string | undefined {
  const prefix = policyPrefix(namespace);
  return name.startsWith(prefix) && /^[0-9A-HJKMNP-TV-Z]{26}$/.test(name.slice(prefix.length)) ? name.slice(prefix.length) : undefined;
}

/**
 * What the workers of one pool may do. The pool's id is written in: all its workers share a certificate, so nothing that the service could
 * substitute tells them apart, and the certificate's subject is what the operator's request said.
 */
export function poolPolicy({ partition, region, accountId, namespace }: IotPlace, poolId: string): string {
  const arn = (resource: string) => `arn:${partition}:iot:${region}:${accountId}:${resource}`;
  const allow = (action: string, resource: string) => ({ Effect: 'Allow', Action: `iot:${action}`, Resource: arn(resource) });
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      allow('Connect', `client/${poolId}-*`),
      allow('Subscribe', `topicfilter/${namespace}/readonly/${poolId}/*`),
      allow('Receive', `topic/${namespace}/readonly/${poolId}/*`),
      allow('Publish', `topic/${namespace}/writeonly/${poolId}/*`),
    ],
  });
}
