import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { expect } from 'expect';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Validations } from 'aws-cdk-lib';
import { ROOT, readable, synthesized, type Template } from '../support/infra.ts';

const SNAPSHOT = join(ROOT, 'test/infra/statements.txt');

const everything = synthesized({ license: { type: 'aws', product_sku: 'prod-1', entitlements: ['team'] } });

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** References by their names wherever they stand in a condition. */
const conditionText = (condition: unknown, template: Template): string =>
  JSON.stringify(
    condition,
    (_, value: unknown) => (typeof value === 'object' && value !== null && ('Fn::Join' in value || 'Ref' in value) ? readable(value, template) : value),
  );

/** The parts of a name that are the same everywhere. */
const shorter = (resource: string): string =>
  resource
    .replace(/^arn:\{AWS::Partition\}:s3:::platform-([a-z-]+)-\{AWS::AccountId\}-[0-9a-f]{6}/, '$1')
    .replace(/^arn:\{AWS::Partition\}:([a-z-]+):\{AWS::Region\}:\{AWS::AccountId\}:/, '$1:');

/** One line for each statement. */
function line({ Sid = '', Effect, Action, Resource, Condition }: Statement, template: Template): string {
  const condition = Condition === undefined ? '' : ` if ${conditionText(Condition, template)}`;
  const resources = list(Resource).map((resource) => shorter(readable(resource, template)));
  return `  ${Effect === 'Allow' ? '' : 'DENY '}${Sid}: ${list(Action).join(' ')} on ${resources.join(', ')}${condition}`;
}

/** All that roles may do, as a person reads it. */
function statementsText(): string {
  const blocks = everything.all().filter(({ Type }) => Type === 'AWS::IAM::Policy').map(({ stack, Properties }) => {
    const template = everything.template(stack);
    return [
      `${stack} ${Properties?.PolicyName as string}`,
      ...(Properties?.PolicyDocument.Statement as Statement[]).map((statement) => line(statement, template)),
    ].join('\n');
  });
  return `${blocks.join('\n\n')}\n`;
}

describe('rights', () => {
  it('are those written in statements.txt (WRITE_SNAPSHOTS=1 writes it anew)', () => {
    const text = statementsText();
    if (process.env.WRITE_SNAPSHOTS === '1') writeFileSync(SNAPSHOT, text);

    expect(text).toBe(readFileSync(SNAPSHOT, 'utf8'));
  });

  it('include no change of rights, and none over all of a service', () => {
    const text = statementsText();

    expect(text).not.toMatch(/\biam:[A-Z]|\bs3:\*|\bsqs:\*|\bkms:\*|: \* on/);
    expect(text).not.toMatch(/DatabaseSecret.*\*/);
  });

  it('keep the database and decryption of secrets from the function that takes deliveries in', () => {
    const webhooks = statementsText().split('\n\n').find((block) => block.startsWith('api webhooks')) ?? '';

    expect(webhooks).toContain('sqs:SendMessage');
    expect(webhooks).not.toMatch(/rds-data|encryption-key|signing-key|secretsmanager:GetSecretValue|ssm:/);
  });

  it('are bounded where a boundary is given', () => {
    const bounded = synthesized({ permissions_boundary_arn: 'arn:aws:iam::123456789012:policy/boundary' });

    for (const { Properties } of bounded.resources('AWS::IAM::Role')) expect(Properties?.PermissionsBoundary).toBe('arn:aws:iam::123456789012:policy/boundary');
  });
});

interface Checks {
  isAcknowledged(resource: unknown, rule: string): boolean;
  validateScope(scope: unknown): unknown;
}

/** The rules whose findings may be accepted, and nowhere else than here. */
const ACCEPTED: Readonly<Record<string, RegExp>> = {
  'AwsSolutions-APIG4': /^api\/Api\/Rest$/,
  'AwsSolutions-COG4': /^api\/Api\/Rest$/,
  'AwsSolutions-APIG2': /^api\/Api\/Rest$/,
  'AwsSolutions-IAM4': /^api\/Api\/Rest$/,
  'AwsSolutions-IAM5': /^(api|drain|license)\/[\w-]+\/Rights$|^messaging\/IotEndpoint\/Endpoint$/,
  'AwsSolutions-SMG4': /^storage\/Secret-(license|slack|sso|admin|git|app)$|^database\/Secret-database(-api|-drain)?$/,
  'AwsSolutions-VPC7': /^network\/Vpc$/,
};

/** What IAM5 may be accepted for: objects below a bucket, and calls or things without names of ours. */
const WILDCARDS: readonly RegExp[] = [
  /^Resource::\*$/,
  /^Resource::arn:<AWS::Partition>:s3:::platform-[a-z-]+-<AWS::AccountId>-[0-9a-f]{6}\/([a-z]+\/)?\*$/,
  /^Resource::arn:<AWS::Partition>:iam::\*:role\/\*$/,
  /^Resource::arn:<AWS::Partition>:iot:<AWS::Region>:<AWS::AccountId>:(topic\/platform\/readonly\/\*|client\/\*|cert\/\*|policy\/platform-\*)$/,
];

describe('rules of good practice', () => {
  const acknowledged = everything.app.node.findAll()
    .flatMap((construct) => construct.node.metadata.map(({ type, data }) => ({
      path: construct.node.path,
      type,
      data: data as Readonly<Record<string,
      string>>,
    })))
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .flatMap(({ path, data }) => Object.entries(data).map(([id, reason]) => ({ path, id: id.replace(/^annotation::/i, ''), reason })))
    // The library accepts findings of its own checks where it causes them.
    .filter(({ id }) => id.startsWith('AwsSolutions-'));

  it('find nothing that was not accepted', () => {
    const { violations } = new AwsSolutionsChecks(everything.app).validateScope(everything.app);

    expect(violations).toEqual([]);
  });

  it('are excepted exactly where it is written', () => {
    const rules = new Set(acknowledged.map(({ id }) => id.replace(/\[.*$/s, '')));

    expect([...rules].sort()).toEqual(Object.keys(ACCEPTED).sort());
    for (const { path, id, reason } of acknowledged) {
      const [rule = '', finding] = /^([^[]+)(?:\[(.*)\])?$/s.exec(id)?.slice(1) ?? [];
      expect([id, path, ACCEPTED[rule]?.test(path) ?? false]).toEqual([id, path, true]);
      expect(reason).not.toBe('');
      if (rule === 'AwsSolutions-IAM5') expect([finding, WILDCARDS.some((pattern) => pattern.test(finding ?? ''))]).toEqual([finding, true]);
      if (rule === 'AwsSolutions-IAM4') expect(finding).toBe('Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs');
    }
  });

  it('hold no exception that nothing needs', () => {
    const found = new Set<string>();
    const checks = new AwsSolutionsChecks(everything.app) as unknown as Checks;
    const isAcknowledged = checks.isAcknowledged.bind(checks);
    checks.isAcknowledged = (resource, rule) => {
      found.add(rule);
      return isAcknowledged(resource, rule);
    };
    checks.validateScope(everything.app);

    for (const { id } of acknowledged) expect([id, found.has(id)]).toEqual([id, true]);
  });
});
