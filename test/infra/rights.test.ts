import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { expect } from 'expect';
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
