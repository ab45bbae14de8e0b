import { describe, it } from 'node:test';
import { expect } from 'expect';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Validations } from 'aws-cdk-lib';
import { synthesized, type Synthesized } from '../support/infra.ts';
import { VARIANTS } from '../support/variants.ts';

const KINDS: Readonly<Record<string, Record<string, unknown>>> = { BASE: {}, ...VARIANTS };
const ALL = Object.keys(KINDS);
const except = (...names: readonly string[]): readonly string[] => ALL.filter((name) => !names.includes(name));

interface Accepted {
  readonly rule: string;
  readonly where: readonly string[];
  readonly reason: string;
  /** The kinds of installations that it is accepted in. */
  readonly in: readonly string[];
}

/** A standby finds copies of the first region's secrets. */
const OWN_SECRETS = except('STANDBY', 'SWITCHED_STANDBY');
const SWITCHING = ['GOV_RECOVERY', 'SWITCHED', 'SWITCHED_STANDBY'];
const DIRECTLY = ['GOV', 'GOV_RECOVERY', 'DIRECT'];
const ROTATED = OWN_SECRETS.filter((name) => name !== 'EXTERNAL' && !DIRECTLY.includes(name));
const BODIES = 'bodies are checked against schemas in code';
const SESSIONS = 'sessions, keys and assertions are checked in code';
const ISSUED = 'the value is issued elsewhere and stored by the installer or the operator';
const BY_HAND = 'a new value would end all sessions; it is replaced by hand';
const LOG_ROLE = 'Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs';

/** Everything that rules of good practice find and that is accepted, but wildcards, which follow below. */
const ACCEPTED: readonly Accepted[] = [
  { rule: 'APIG2', where: ['api/Api/Rest'], reason: BODIES, in: ALL },
  { rule: 'APIG2', where: ['dr/Active/Rest'], reason: BODIES, in: SWITCHING },
  { rule: 'APIG4', where: ['api/Api/Rest'], reason: SESSIONS, in: ALL },
  { rule: 'APIG4', where: ['dr/Active/Rest'], reason: SESSIONS, in: SWITCHING },
  { rule: 'COG4', where: ['api/Api/Rest'], reason: `there is no user pool: ${SESSIONS}`, in: ALL },
  { rule: 'COG4', where: ['dr/Active/Rest'], reason: `there is no user pool: ${SESSIONS}`, in: SWITCHING },
  { rule: 'APIG3', where: ['api/Api/Rest'], reason: 'the operator turned the firewall off', in: ['OTHERWISE'] },
  { rule: `IAM4[${LOG_ROLE}]`, where: ['api/Api/Rest'], reason: 'the role through which API Gateway writes logs, one for the account', in: ALL },
  { rule: 'CFR1', where: ['web/Web/Distribution'], reason: 'there is no rule about countries', in: ['DISTRIBUTED'] },
  { rule: 'CFR3', where: ['web/Web/Distribution'], reason: 'access logs are kept for the bucket and the API behind it', in: ['DISTRIBUTED'] },
  { rule: 'RDS10', where: ['database/Aurora/Cluster'], reason: 'the operator turned protection off', in: ['OTHERWISE'] },
  { rule: 'VPC7', where: ['network/Vpc'], reason: 'the network holds isolated subnets; flow logs are the operator\'s choice', in: except('CUSTOM') },
  { rule: 'SMG4', where: ['license', 'slack', 'sso', 'admin', 'git'].map((name) => `storage/Secret-${name}`), reason: ISSUED, in: OWN_SECRETS },
  { rule: 'SMG4', where: ['storage/Secret-app'], reason: BY_HAND, in: OWN_SECRETS },
  { rule: 'SMG4', where: ['storage/Secret-origin'], reason: BY_HAND, in: ['DISTRIBUTED'] },
  {
    rule: 'SMG4', where: ['database', 'database-api', 'database-drain'].map((name) => `database/Secret-${name}`),
    reason: 'it is rotated every 30 days; the schedule stands with the function that does it, in the api stack', in: ROTATED,
  },
  {
    rule: 'SMG4', where: ['database', 'database-api', 'database-drain'].map((name) => `database/Secret-${name}`),
    reason: 'it is not rotated: the addresses of functions that connect by themselves are put together from it at deployment', in: DIRECTLY,
  },
  {
    rule: 'SMG4', where: ['database', 'database-api', 'database-drain'].map((name) => `database/Address-${name}`),
    reason: 'it is put together at deployment from a secret that is not rotated', in: DIRECTLY,
  },
];

const FUNCTIONS = /^(api|drain|license)\/[\w-]+\/Rights$/;
const OBJECTS = 'objects of a bucket, or of one of its folders';
const BUCKETS = [
  'deliveries', 'documents', 'large-queue-messages', 'policy-inputs', 'run-logs', 'states', 'uploads', 'user-uploaded-workspaces', 'web', 'workspace',
];
const FOLDERS = ['documents/usage', 'metadata/iot', 'metadata/packages', 'metadata/scheduler', 'states/dr', 'states/license'];
const COPYING = /^dr\/Replication\/CopyingRights$/;
const COPIED = ['documents', 'modules', 'policy-inputs', 'run-logs', 'states', 'workspace'];

interface Wildcard {
  readonly finding: string;
  readonly where: RegExp;
  readonly reason: string;
}

/** All objects of a bucket, or of one of its folders. */
const below = (place: string): string => `arn:<AWS::Partition>:s3:::PREFIX-${place.replace(/^[a-z-]+/, '$&-<AWS::AccountId>-HASH')}/*`;
const objects = (places: readonly string[], where: RegExp, reason: string): readonly Wildcard[] =>
  places.map((place) => ({ finding: below(place), where, reason }));
const iot = (resource: string, region = '<AWS::Region>'): string => `arn:<AWS::Partition>:iot:${region}:<AWS::AccountId>:${resource}`;
const anything = (reason: string, where: RegExp): Wildcard => ({ finding: '*', where, reason });

/** Every wildcard that a role may hold: below a bucket, or where the service knows nothing smaller. */
const WILDCARDS: readonly Wildcard[] = [
  anything('traces have no resource', FUNCTIONS),
  anything('interfaces are made before they have a name', FUNCTIONS),
  anything('the calls name no resource', /^api\/iot-provisioner\/Rights$/),
  anything('metrics have no resource; the namespace is fixed', /^drain\/drain-cron\/Rights$/),
  anything('License Manager knows no resources for these calls', /^license\/license\/Rights$/),
  anything('a random password has no resource', /^api\/ops\/Rights$/),
  anything('the call names no resource', /^(messaging\/IotEndpoint\/Endpoint|drain\/drain-cron\/Rights)$/),
  ...objects(BUCKETS, FUNCTIONS, OBJECTS),
  ...objects(FOLDERS, FUNCTIONS, OBJECTS),
  ...objects(COPIED, /^dr\/Replication\/Rights$/, 'objects of the bucket'),
  ...objects(COPIED, COPYING, 'objects of the buckets that are copied'),
  ...objects(['metadata/copying'], COPYING, 'reports in a folder of the bucket'),
  ...objects(['documents'], /^dr\/Replication\/Rights$/, 'objects of the bucket\'s copy'),
  ...['states', 'logs', 'modules', 'inputs', 'workspaces'].map((name): Wildcard =>
    ({ finding: `arn:PARTITION:s3:::a-${name}/*`, where: /^dr\/Replication\/Rights$/, reason: 'objects of the bucket\'s copy' })),
  { finding: 'arn:PARTITION:s3:::a-states/*', where: FUNCTIONS, reason: 'objects of the bucket\'s copy' },
  {
    finding: 'arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:event-source-mapping:*', where: /^drain\/drain-cron\/Rights$/,
    reason: 'triggers have ids that the service gives them; their functions are this installation\'s',
  },
  { finding: 'arn:<AWS::Partition>:iam::*:role/*', where: FUNCTIONS, reason: 'roles of users\' accounts, only with an external id' },
  { finding: iot('topic/PREFIX/readonly/*'), where: FUNCTIONS, reason: 'topics of workers, below the installation\'s own' },
  { finding: iot('client/*'), where: FUNCTIONS, reason: 'workers\' connections have names of their own' },
  ...['<AWS::Region>', 'OTHER'].flatMap((region): readonly Wildcard[] => [
    { finding: iot('cert/*', region), where: /^api\/iot-provisioner\/Rights$/, reason: 'certificates have ids that the service gives them' },
    { finding: iot('policy/PREFIX-*', region), where: /^api\/iot-provisioner\/Rights$/, reason: 'policies of this installation, by their prefix' },
  ]),
];

interface Acknowledged {
  readonly path: string;
  readonly id: string;
  readonly reason: string;
}

/** What a kind of installation accepts, without the findings of the library that it accepts where it causes them. */
const acknowledgedBy = ({ app }: Synthesized): readonly Acknowledged[] => app.node.findAll()
  .flatMap((construct) => construct.node.metadata
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .flatMap(({ data }) => Object.entries(data as Readonly<Record<string, string>>)
      .map(([id, reason]) => ({ path: construct.node.path, id: id.replace(/^annotation::/i, ''), reason }))))
  .filter(({ id }) => id.startsWith('AwsSolutions-'))
  .map(({ path, id, reason }) => ({ path, id: id.replace('AwsSolutions-', ''), reason }));

/** A finding about a wildcard without what differs between installations: prefix, region, partition. */
function findingOf({ id }: Acknowledged, { read: { config } }: Synthesized): string {
  return (/^IAM5\[Resource::(.*)\]$/s.exec(id)?.[1] ?? id)
    .replaceAll(new RegExp(`(:::|/)${config.prefix}([-/])`, 'g'), '$1PREFIX$2')
    .replace(/-<AWS::AccountId>-[0-9a-f]{6}/, '-<AWS::AccountId>-HASH')
    .replace(/^arn:aws(-us-gov)?:s3:/, 'arn:PARTITION:s3:')
    .replace(`:iot:${config.disasterRecovery?.replicaRegion ?? 'none'}:`, ':iot:OTHER:');
}

const isWildcard = ({ id }: Acknowledged): boolean => id.startsWith('IAM5');
const wildcardLine = (finding: string, reason: string): string => `${finding} | ${reason}`;

interface Checks {
  isAcknowledged(resource: unknown, rule: string): boolean;
  validateScope(scope: unknown): { readonly violations: readonly unknown[] };
}

describe('rules of good practice', () => {
  for (const [kind, changes] of Object.entries(KINDS)) {
    it(`are broken nowhere, and excepted exactly as it is written: ${kind.toLowerCase()}`, () => {
      const made = synthesized(changes);
      const acknowledged = acknowledgedBy(made);
      const asked = new Set<string>();
      const checks = new AwsSolutionsChecks(made.app) as unknown as Checks;
      const isAcknowledged = checks.isAcknowledged.bind(checks);
      checks.isAcknowledged = (resource, rule) => {
        asked.add(rule.replace('AwsSolutions-', ''));
        return isAcknowledged(resource, rule);
      };

      expect(checks.validateScope(made.app).violations).toEqual([]);
      for (const { id } of acknowledged) expect([id, asked.has(id)]).toEqual([id, true]);
      const wanted = ACCEPTED.filter((row) => row.in.includes(kind)).flatMap(({ rule, where, reason }) => where.map((path) => `${path} | ${rule} | ${reason}`));
      expect(acknowledged.filter((each) => !isWildcard(each)).map(({ path, id, reason }) => `${path} | ${id} | ${reason}`).sort()).toEqual(wanted.sort());
      for (const each of acknowledged.filter(isWildcard)) {
        const known = WILDCARDS.some(({ finding, where, reason }) => finding === findingOf(each, made) && where.test(each.path) && reason === each.reason);
        expect([kind, each, known]).toEqual([kind, each, true]);
      }
    });
  }

  it('know no accepted wildcard that no installation has', () => {
    const found = new Set(Object.values(KINDS).flatMap((changes) => {
      const made = synthesized(changes);
      return acknowledgedBy(made).filter(isWildcard).map((each) => wildcardLine(findingOf(each, made), each.reason));
    }));

    expect([...new Set(WILDCARDS.map(({ finding, reason }) => wildcardLine(finding, reason)))].sort()).toEqual([...found].sort());
  });
});
