import { describe, it } from 'node:test';
import { expect } from 'expect';
import { deploy, type Wanted } from '../support/cloud/deployment.ts';
import { checkVariables } from '../support/cloud/parts.ts';
import type { Template, TemplateResource } from '../support/cloud/template.ts';

const pseudo = { 'AWS::Region': 'eu-west-1', 'AWS::AccountId': '123456789012', 'AWS::Partition': 'aws', 'AWS::URLSuffix': 'amazonaws.com' };

/** Deploys templates of things that are only written down, and tells how. */
async function deployed(stacks: Readonly<Record<string, Template>>): Promise<readonly Wanted[]> {
  const made: Wanted[] = [];
  const published = new Map<string, string>();
  await deploy(
    Object.entries(stacks).map(([name, template]) => ({ name, template })),
    {
      pseudo,
      async make(wanted) {
        if (!wanted.type.startsWith('Test::')) return undefined;
        made.push(wanted);
        if (wanted.type === 'Test::Parameter') published.set(String(wanted.properties.Name), String(wanted.properties.Value));
        return { ref: `ref-${wanted.id}`, attributes: { Arn: `arn-${wanted.id}` } };
      },
      readParameter: async (name) => published.get(name),
      readSecret: async (secretId, key) => `${key} of ${secretId}`,
    },
  );
  return made;
}

const thing = (properties: Readonly<Record<string, unknown>>, type = 'Test::Thing', after?: readonly string[]): TemplateResource => ({
  Type: type,
  Properties: properties,
  ...(after === undefined ? {} : { DependsOn: after }),
});
const one = (properties: Readonly<Record<string, unknown>>): Promise<readonly Wanted[]> =>
  deployed({ s: { Resources: { A: thing(properties), Other: thing({}) } } });

describe('a template', () => {
  it('is made with its references replaced by what they name', async () => {
    const made = await one({
      Name: { 'Fn::Join': ['-', ['a', { Ref: 'Other' }, { 'Fn::GetAtt': ['Other', 'Arn'] }, { Ref: 'AWS::AccountId' }]] },
      Sub: { 'Fn::Sub': '${AWS::Region}/${Other.Arn}/${!kept}' },
      Part: { 'Fn::Select': [1, { 'Fn::Split': [',', 'x,y,z'] }] },
      Gone: { Ref: 'AWS::NoValue' },
      Secret: { 'Fn::Join': ['', ['{{resolve:secretsmanager:', { 'Fn::GetAtt': ['Other', 'Arn'] }, ':SecretString:password::}}']] },
    });
    expect(made.find(({ id }) => id === 'A')?.properties).toEqual({
      Name: 'a-ref-Other-arn-Other-123456789012',
      Sub: 'eu-west-1/arn-Other/${kept}',
      Part: 'y',
      Secret: 'password of arn-Other',
    });
  });

  it('is made in the order of its references, and of what it says depends on what', async () => {
    const made = await deployed({ s: { Resources: { A: thing({ Of: { Ref: 'B' } }), B: thing({}, 'Test::Thing', ['C']), C: thing({}) } } });
    expect(made.map(({ id }) => id)).toEqual(['C', 'B', 'A']);
  });

  it('reads what earlier stacks published', async () => {
    const parameters = { Name: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/p/first/key' } };
    const made = await deployed({
      first: { Resources: { P: thing({ Name: '/p/first/key', Value: { Ref: 'K' } }, 'Test::Parameter'), K: thing({}) } },
      second: { Parameters: parameters, Resources: { A: thing({ Key: { Ref: 'Name' } }) } },
    });
    expect(made.at(-1)?.properties).toEqual({ Key: 'ref-K' });
    await expect(deployed({ second: { Parameters: parameters, Resources: { A: thing({ Key: { Ref: 'Name' } }) } } })).rejects.toThrow('/p/first/key');
  });

  it('is refused where a reference leads nowhere, where it goes in circles, and for types that nobody makes', async () => {
    await expect(one({ Of: { Ref: 'Nothing' } })).rejects.toThrow('s.A.Of: nothing in s is named Nothing');
    await expect(one({ Of: { 'Fn::GetAtt': ['Other', 'Color'] } })).rejects.toThrow('Other has no attribute Color');
    await expect(one({ Of: { 'Fn::ImportValue': 'x' } })).rejects.toThrow('Fn::ImportValue is not resolved here');
    await expect(one({ Of: '{{resolve:ssm:x}}' })).rejects.toThrow('dynamic reference');
    await expect(deployed({ s: { Resources: { A: thing({ Of: { Ref: 'B' } }), B: thing({ Of: { Ref: 'A' } }) } } })).rejects.toThrow('A needs B needs A');
    await expect(deployed({ s: { Resources: { A: thing({}, 'AWS::Unknown::Thing') } } })).rejects.toThrow('the local cloud has no AWS::Unknown::Thing');
  });

  it('that leaves out what a function needs ends the start with the names of what is missing', () => {
    const environment = {
      WINDLASS_FUNCTION: 'web',
      SERVER_DOMAIN: 'w.example.com',
      ACCOUNT_NAME: 'w',
      AWS_ACCOUNT_ID: '1',
      AWS_PARTITION: 'aws',
      OBSERVABILITY_VENDOR: 'AWS',
      METRICS_NAMESPACE: 'w',
      OBJECT_STORAGE_TYPE: 'aws',
    };

    expect(() => checkVariables({ name: 'w-web', environment })).toThrow('the template gives w-web no OBJECT_STORAGE_BUCKET_WEB');
    expect(() => checkVariables({ name: 'library', environment: {} })).not.toThrow();
  });
});
