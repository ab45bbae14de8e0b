import { describe, it } from 'node:test';
import { expect } from 'expect';
import { deployments, type Wanted } from '../support/cloud/deployment.ts';
import { checkVariables } from '../support/cloud/parts.ts';
import type { Template, TemplateResource } from '../support/cloud/template.ts';

const pseudo = { 'AWS::Region': 'eu-west-1', 'AWS::AccountId': '123456789012', 'AWS::Partition': 'aws', 'AWS::URLSuffix': 'amazonaws.com' };

/** A place where things are only written down: what was made and what taken away, in order. */
function onPaperOnly() {
  const made: Wanted[] = [];
  const removed: string[] = [];
  const published = new Map<string, string>();
  const stacks = deployments({
    pseudo,
    async make(wanted) {
      if (!/^(Test|AWS::S3)::/.test(wanted.type)) return undefined;
      made.push(wanted);
      if (wanted.type === 'Test::Parameter') published.set(String(wanted.properties.Name), String(wanted.properties.Value));
      return { ref: `ref-${wanted.id}`, attributes: { Arn: `arn-${wanted.id}` } };
    },
    async remove({ id }) {
      removed.push(id);
      return true;
    },
    readParameter: async (name) => published.get(name),
    readSecret: async (secretId, key) => `${key} of ${secretId}`,
  });
  const deploy = (templates: Readonly<Record<string, Template>>) => stacks.deploy(Object.entries(templates).map(([name, template]) => ({ name, template })));
  return { stacks, made, removed, deploy };
}

/** Deploys templates of such things, and tells how. */
async function deployed(templates: Readonly<Record<string, Template>>): Promise<readonly Wanted[]> {
  const { deploy, made } = onPaperOnly();
  await deploy(templates);
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

describe('a stack of the local cloud', () => {
  const bucket: TemplateResource = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'states' }, DeletionPolicy: 'RetainExceptOnCreate' };
  const template: Template = { Resources: { Kept: bucket, User: thing({ Of: { Ref: 'Kept' } }), Last: thing({ Of: { Ref: 'User' } }) } };

  it('that is deployed again as it stands keeps what it has, and is not changed here', async () => {
    const { deploy, made } = onPaperOnly();

    expect([await deploy({ s: template }), await deploy({ s: template })]).toEqual([3, 0]);

    expect(made).toHaveLength(3);
    const changed = { Resources: { ...template.Resources, Last: thing({ Of: 'other' }) } };
    await expect(deploy({ s: changed })).rejects.toThrow('s.Last: the local cloud does not change a Test::Thing that is there');
  });

  it('goes from last to first, and leaves what it retains, whose name nothing else can have then', async () => {
    const { deploy, removed, stacks } = onPaperOnly();
    await deploy({ s: template });

    expect([await stacks.remove('s'), await stacks.remove('s'), stacks.has('s')]).toEqual([true, false, false]);

    expect(removed).toEqual(['Last', 'User']);
    await expect(deploy({ s: template })).rejects.toThrow('s.Kept: AWS::S3::Bucket states already exists');
  });

  it('may be made again when it has retained nothing', async () => {
    const { deploy, removed, stacks } = onPaperOnly();
    const plain = { s: { Resources: { Bucket: { ...bucket, DeletionPolicy: 'Delete' } } } };
    await deploy(plain);
    await stacks.remove('s');

    expect([removed, await deploy(plain)]).toEqual([['Bucket'], 1]);
  });
});
