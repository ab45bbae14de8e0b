import { Stack, Validations } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/** Findings of the rules for good practice that are meant to be so, each with its reason. A finding that is not here fails the synthesis. */
export const ACCEPTED = {
  APIG2: 'bodies are checked against schemas in code',
  APIG4: 'sessions, keys and assertions are checked in code',
  COG4: 'there is no user pool: sessions, keys and assertions are checked in code',
  VPC7: 'the network holds isolated subnets; flow logs are the operator\'s choice',
  APIG3: 'the operator turned the firewall off',
  RDS10: 'the operator turned protection off',
  CFR1: 'there is no rule about countries',
  CFR2: 'the operator turned the firewall off',
  CFR3: 'access logs are kept for the bucket and the API behind it',
} as const;

const SMG4 = {
  given: 'the value is issued elsewhere and stored by the installer or the operator',
  generated: 'a new value would end all sessions; it is replaced by hand',
  database: 'it is rotated every 30 days; the schedule stands with the function that does it, in the api stack',
  direct: 'it is not rotated: the addresses of functions that connect by themselves are put together from it at deployment',
  address: 'it is put together at deployment from a secret that is not rotated',
} as const;

/** Why a statement of this name may hold a wildcard. */
const WILDCARDS: Readonly<Record<string, string>> = {
  Trace: 'traces have no resource',
  Network: 'interfaces are made before they have a name',
  ObjectsRead: 'objects of a bucket, or of one of its folders',
  ObjectsWrite: 'objects of a bucket, or of one of its folders',
  ObjectsDelete: 'objects of a bucket, or of one of its folders',
  CloudIntegrations: 'roles of users\' accounts, only with an external id',
  TellWorkers: 'topics of workers, below the installation\'s own',
  IssueCertificates: 'the calls name no resource',
  ManageCertificates: 'certificates have ids that the service gives them',
  ManagePolicies: 'policies of this installation, by their prefix',
  Disconnect: 'workers\' connections have names of their own',
  License: 'License Manager knows no resources for these calls',
  Metrics: 'metrics have no resource; the namespace is fixed',
  NewPasswords: 'a random password has no resource',
  DescribeEndpoint: 'the call names no resource',
  FindTriggers: 'the call names no resource',
  StopTriggers: 'triggers have ids that the service gives them; their functions are this installation\'s',
  StatesElsewhere: 'objects of the bucket\'s copy',
  CopyAgain: 'objects of the buckets that are copied',
  WriteReports: 'reports in a folder of the bucket',
  CopyFrom: 'objects of the bucket',
  CopyTo: 'objects of the bucket\'s copy',
};

export function acknowledge(construct: IConstruct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `AwsSolutions-${id}`, reason });
}

export function accept(construct: IConstruct, ...ids: readonly (keyof typeof ACCEPTED)[]): void {
  for (const id of ids) acknowledge(construct, id, ACCEPTED[id]);
}

export const acceptUnrotated = (secret: IConstruct, kind: keyof typeof SMG4): void => acknowledge(secret, 'SMG4', SMG4[kind]);

/** A text of a template as findings spell it: references in angle brackets. */
function spelled(value: unknown): string {
  if (typeof value === 'string') return value;
  const {
    Ref: ref,
    'Fn::Join': join,
    'Fn::GetAtt': attribute,
  } = value as { readonly Ref?: string; readonly 'Fn::Join'?: readonly [string, readonly unknown[]]; readonly 'Fn::GetAtt'?: readonly string[] };
  if (join !== undefined) return join[1].map(spelled).join(join[0]);
  return `<${ref ?? attribute?.join('.') ?? ''}>`;
}

/** Statements about copies are named after their bucket as well. */
const wildcardReason = (sid: string): string | undefined => WILDCARDS[sid.replace(/^(CopyFrom|CopyTo).*$/, '$1')];

/** Accepts the wildcards of statements whose names say why they need them. */
export function acceptWildcards(policy: IConstruct, statements: readonly PolicyStatement[]): void {
  for (const statement of statements) {
    const reason = wildcardReason(statement.sid ?? '');
    if (reason === undefined) continue;
    for (const resource of statement.resources) {
      const text = spelled(Stack.of(policy).resolve(resource));
      if (text.includes('*')) acknowledge(policy, `IAM5[Resource::${text}]`, reason);
    }
  }
}

/** API Gateway writes its log with a role that the account has once. */
export function acceptLogRole(role: IConstruct): void {
  acknowledge(
    role,
    'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
    'the role through which API Gateway writes logs, one for the account',
  );
}
