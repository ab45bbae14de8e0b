import { FUNCTION_VARIABLES } from '../../../lib/core/shared/function-variables.ts';
import type { FunctionName } from '../../../lib/core/shared/functions.ts';
import { MOTO_ACCOUNT, MOTO_REGION } from '../moto.ts';
import type { Wanted } from './deployment.ts';
import type { Statement } from './iam.ts';
import type { Made } from './template.ts';

type Properties = Readonly<Record<string, unknown>>;

export interface FunctionPart {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  readonly memoryMib: number;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly codeFolder: string;
  readonly layerFolders: readonly string[];
  readonly handler: string;
  readonly tracing: boolean;
}

export interface MappingPart {
  readonly queueArn: string;
  readonly functionName: string;
  readonly batchSize: number;
  readonly windowSeconds: number;
  readonly concurrency: number;
  readonly reportsFailures: boolean;
}

export interface RulePart {
  readonly name: string;
  readonly rate: string;
  readonly enabled: boolean;
  readonly targets: readonly { readonly arn: string; readonly input: string }[];
}

export interface TopicRulePart {
  readonly name: string;
  readonly sql: string;
  readonly queueUrls: readonly string[];
  readonly base64: boolean;
  readonly roleArn: string;
  /** What is done when an action fails. */
  readonly errorAction: { readonly queueUrl: string; readonly base64: boolean; readonly roleArn: string } | undefined;
}

export interface RoutePart {
  /** `/worker/v1/{proxy+}` */
  readonly path: string;
  readonly method: string;
  readonly functionName: string;
}

/** What of the templates the local cloud acts out itself, filled while they are deployed. */
export interface Parts {
  readonly functions: Map<string, FunctionPart>;
  readonly roles: Map<string, Statement[]>;
  readonly mappings: MappingPart[];
  readonly rules: RulePart[];
  readonly topicRules: TopicRulePart[];
  readonly routes: RoutePart[];
  readonly binaryTypes: string[];
  minimumCompression: number | undefined;
  clusterArn: string | undefined;
}

export const emptyParts = (): Parts => ({
  functions: new Map(),
  roles: new Map(),
  mappings: [],
  rules: [],
  topicRules: [],
  routes: [],
  binaryTypes: [],
  minimumCompression: undefined,
  clusterArn: undefined,
});

const arn = (service: string, resource: string): string => `arn:aws:${service}:${MOTO_REGION}:${MOTO_ACCOUNT}:${resource}`;
const named = (ref: string, attributes: Readonly<Record<string, string>> = {}): Made => ({ ref, attributes });

/** The function that an ARN leads to, through an alias or without one. */
export const functionNameIn = (text: string): string => /function:([^:/]+)/.exec(text)?.[1] ?? text;

/** Every variable that a function of the product needs must come of the template. */
export function checkVariables({ name, environment }: Pick<FunctionPart, 'name' | 'environment'>): void {
  const own = environment.WINDLASS_FUNCTION;
  if (own === undefined) return;
  const missing = FUNCTION_VARIABLES[own as FunctionName].filter((variable) => !environment[variable]);
  if (missing.length > 0) throw new Error(`the template gives ${name} no ${missing.join(', ')}`);
}

interface Code {
  readonly S3Key?: string;
}

/** Acts on a resource of the kinds that make the cloud; undefined for any other. `assetFolder` finds what was to be uploaded under a key. */
export function takePart(parts: Parts, { type, id, properties, stack }: Wanted, assetFolder: (key: string) => string): Made | undefined {
  const text = (name: string): string => String(properties[name] ?? '');
  switch (type) {
    case 'AWS::IAM::Role': {
      const name = `${stack}-${id}`;
      const inline = (properties.Policies as readonly { readonly PolicyDocument: { readonly Statement: readonly Statement[] } }[] | undefined) ?? [];
      parts.roles.set(
        name,
        inline.flatMap(({ PolicyDocument }) => [...PolicyDocument.Statement]),
      );
      return named(name, { Arn: `arn:aws:iam::${MOTO_ACCOUNT}:role/${name}`, RoleId: name });
    }
    case 'AWS::IAM::Policy': {
      const { Statement: statements } = properties.PolicyDocument as { readonly Statement: readonly Statement[] };
      for (const role of properties.Roles as readonly string[]) parts.roles.get(role)?.push(...statements);
      return named(id);
    }
    case 'AWS::Lambda::LayerVersion':
      return named(assetFolder((properties.Content as Code).S3Key ?? ''));
    case 'AWS::Lambda::Function': {
      const name = text('FunctionName') || `${stack}-${id}`;
      const { S3Key: key } = properties.Code as Code;
      parts.functions.set(name, {
        name,
        arn: arn('lambda', `function:${name}`),
        roleArn: text('Role'),
        memoryMib: Number(properties.MemorySize ?? 128),
        timeoutSeconds: Number(properties.Timeout ?? 3),
        environment: (properties.Environment as { readonly Variables?: Readonly<Record<string, string>> } | undefined)?.Variables ?? {},
        codeFolder: key === undefined ? '' : assetFolder(key),
        layerFolders: (properties.Layers as readonly string[] | undefined) ?? [],
        handler: text('Handler'),
        tracing: (properties.TracingConfig as { readonly Mode?: string } | undefined)?.Mode === 'Active',
      });
      return named(name, { Arn: arn('lambda', `function:${name}`) });
    }
    case 'AWS::Lambda::Version':
      return named(`${arn('lambda', `function:${functionNameIn(text('FunctionName'))}`)}:1`, { Version: '1' });
    case 'AWS::Lambda::Alias':
      return named(`${arn('lambda', `function:${functionNameIn(text('FunctionName'))}`)}:${text('Name')}`);
    case 'AWS::Lambda::EventSourceMapping':
      if (properties.Enabled !== false)
        parts.mappings.push({
          queueArn: text('EventSourceArn'),
          functionName: functionNameIn(text('FunctionName')),
          batchSize: Number(properties.BatchSize ?? 10),
          windowSeconds: Number(properties.MaximumBatchingWindowInSeconds ?? 0),
          concurrency: Number((properties.ScalingConfig as { readonly MaximumConcurrency?: number } | undefined)?.MaximumConcurrency ?? 1000),
          reportsFailures: ((properties.FunctionResponseTypes as readonly string[] | undefined) ?? []).includes('ReportBatchItemFailures'),
        });
      return named(id);
    case 'AWS::Events::Rule': {
      const targets = (properties.Targets as readonly { readonly Arn: string; readonly Input?: string }[] | undefined) ?? [];
      parts.rules.push({
        name: text('Name'),
        rate: text('ScheduleExpression'),
        enabled: properties.State !== 'DISABLED',
        targets: targets.map(({ Arn, Input = '{}' }) => ({ arn: Arn, input: Input })),
      });
      return named(text('Name'), { Arn: arn('events', `rule/${text('Name')}`) });
    }
    case 'AWS::IoT::TopicRule':
      parts.topicRules.push(toTopicRule(text('RuleName'), properties.TopicRulePayload as Properties));
      return named(text('RuleName'), { Arn: arn('iot', `rule/${text('RuleName')}`) });
    case 'AWS::RDS::DBCluster': {
      const name = text('DBClusterIdentifier') || `${stack}-${id}`.toLowerCase();
      parts.clusterArn = arn('rds', `cluster:${name}`);
      return named(name, { DBClusterArn: parts.clusterArn, 'Endpoint.Address': `${name}.cluster.local`, 'Endpoint.Port': '5432' });
    }
    case 'AWS::ApiGateway::RestApi':
      parts.binaryTypes.push(...((properties.BinaryMediaTypes as readonly string[] | undefined) ?? []));
      parts.minimumCompression = properties.MinimumCompressionSize as number | undefined;
      return named(id, { RootResourceId: '/' });
    case 'AWS::ApiGateway::Resource':
      // A resource is known by its path, so that whatever is below it can be put there.
      return named(`${text('ParentId').replace(/\/$/, '')}/${text('PathPart')}`);
    case 'AWS::ApiGateway::Method': {
      const { Uri: uri = '' } = properties.Integration as { readonly Uri?: string };
      parts.routes.push({ path: text('ResourceId'), method: text('HttpMethod'), functionName: functionNameIn(uri) });
      return named(id);
    }
    default:
      return undefined;
  }
}

/** Takes a resource out of the parts, once nothing of its stack needs it any more; false for a kind that is no part. */
export function leavePart(parts: Parts, { type, properties }: Wanted, made: Made): boolean {
  const text = (name: string): string => String(properties[name] ?? '');
  switch (type) {
    case 'AWS::IAM::Role':
      return parts.roles.delete(made.ref);
    case 'AWS::Lambda::Function':
      return parts.functions.delete(made.ref);
    case 'AWS::Lambda::EventSourceMapping':
      return without(parts.mappings, ({ queueArn }) => queueArn === text('EventSourceArn'));
    case 'AWS::Events::Rule':
      return without(parts.rules, ({ name }) => name === text('Name'));
    case 'AWS::IoT::TopicRule': {
      const { Sql: sql } = properties.TopicRulePayload as { readonly Sql: string };
      return without(parts.topicRules, (rule) => rule.sql === sql);
    }
    case 'AWS::ApiGateway::RestApi':
      parts.binaryTypes.splice(0);
      return true;
    case 'AWS::ApiGateway::Method':
      return without(parts.routes, ({ path, method }) => path === text('ResourceId') && method === text('HttpMethod'));
    // They are known by what they belong to alone.
    case 'AWS::IAM::Policy':
    case 'AWS::Lambda::LayerVersion':
    case 'AWS::Lambda::Version':
    case 'AWS::Lambda::Alias':
    case 'AWS::ApiGateway::Resource':
      return true;
    default:
      return false;
  }
}

function without<T>(list: T[], isGone: (each: T) => boolean): boolean {
  for (let index = list.length - 1; index >= 0; index -= 1) if (isGone(list[index] as T)) list.splice(index, 1);
  return true;
}

interface SqsAction {
  readonly Sqs?: { readonly QueueUrl: string; readonly UseBase64?: boolean; readonly RoleArn: string };
}

function toTopicRule(name: string, { Sql, Actions, ErrorAction, RuleDisabled }: Properties): TopicRulePart {
  const actions = Actions as readonly SqsAction[];
  if (RuleDisabled === true || actions.some(({ Sqs }) => Sqs === undefined))
    throw new Error('a topic rule is disabled, or does something else than send to a queue');
  const onError = (ErrorAction as SqsAction | undefined)?.Sqs;
  return {
    name,
    sql: String(Sql),
    queueUrls: actions.map(({ Sqs }) => Sqs?.QueueUrl ?? ''),
    base64: actions.every(({ Sqs }) => Sqs?.UseBase64 === true),
    roleArn: actions[0]?.Sqs?.RoleArn ?? '',
    errorAction: onError && { queueUrl: onError.QueueUrl, base64: onError.UseBase64 === true, roleArn: onError.RoleArn },
  };
}
