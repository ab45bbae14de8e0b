import { describe, it } from 'node:test';
import { expect } from 'expect';
import { FUNCTION_VARIABLES, OPTIONAL_FUNCTION_VARIABLES, QUEUE_VARIABLES, bucketVariable } from '../../lib/core/shared/function-variables.ts';
import { DEFAULT_LIMITS } from '../../lib/core/policies/limits.ts';
import { FUNCTIONS, type FunctionName } from '../../lib/core/shared/functions.ts';
import { API_ROUTES } from '../../lib/infra/api-routes.ts';
import { FUNCTION_RIGHTS } from '../../lib/infra/function-rights.ts';
import { readAwsConfig } from '../../lib/runtime/aws-config.ts';
import { embeddedRoutes } from '../../lib/runtime/embedded-routes.ts';
import { functionOf, readable, synthesized, type Synthesized } from '../support/infra.ts';

const licensed = synthesized({ license: { type: 'jwt', token: 'canary' } });
const NAMES = Object.keys(FUNCTIONS) as FunctionName[];
const variables = (from: Synthesized, name: string) => functionOf(from, name).Properties?.Environment.Variables as Record<string, unknown>;

/** How long the values are that deployment puts in. */
const LONGEST: readonly (readonly [parameter: RegExp, characters: number])[] = [
  [/\/bucket-/, 63], [/\/queue-/, 'https://sqs.ap-southeast-1.amazonaws.com/123456789012/platform-async-jobs.fifo'.length],
  [/-key-arn/, 'arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-'.length + 32], [/cluster-arn/, 100], [/secret-/, 110], [/iot-endpoint/, 60],
];

function bytesOf(environment: Record<string, unknown>, template: Parameters<typeof readable>[1]): number {
  return Object.entries(environment).reduce((sum, [name, value]) => {
    const text = readable(value, template);
    const known = typeof value === 'string' ? undefined : LONGEST.find(([pattern]) => pattern.test(text));
    return sum + name.length + (known?.[1] ?? Math.max(text.length, 14));
  }, 0);
}

describe('functions', () => {
  it('are those of the table, with its memory and time', () => {
    const made = licensed.resources('AWS::Lambda::Function').map(({ Properties }) => Properties?.FunctionName as string);

    // One more asks for the broker's address while the installation is made.
    expect(made.sort()).toEqual([...NAMES.map((name) => `platform-${name}`), 'platform-iot-endpoint'].sort());
    for (const name of NAMES) {
      expect(functionOf(licensed, name).Properties).toMatchObject({
        Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler', MemorySize: FUNCTIONS[name].memoryMib,
        Timeout: FUNCTIONS[name].timeoutSeconds, TracingConfig: { Mode: 'Active' }, LoggingConfig: { LogFormat: 'JSON' },
      });
    }
  });

  it('hold exactly the variables that they need', () => {
    for (const name of NAMES) {
      const optional = OPTIONAL_FUNCTION_VARIABLES.LICENSE_SECRET_ARN?.includes(name) ? ['LICENSE_SECRET_ARN'] : [];
      const usual = OPTIONAL_FUNCTION_VARIABLES.TOOL_VERSIONS_FROM?.includes(name) ? ['TOOL_VERSIONS_FROM'] : [];
      expect([name, Object.keys(variables(licensed, name)).sort()]).toEqual([name, [...FUNCTION_VARIABLES[name], ...optional, ...usual].sort()]);
      expect(variables(licensed, name).WINDLASS_FUNCTION).toBe(name);
    }
  });

  it('keep their environment below 4 KB', () => {
    for (const name of NAMES) {
      const stack = name.startsWith('drain-') ? 'drain' : name === 'license' ? 'license' : 'api';
      expect([name, bytesOf(variables(licensed, name), licensed.template(stack)) < 4096]).toEqual([name, true]);
    }
  });

  it('do so in a private network with a proxy, where they hold the names of its endpoints as well', () => {
    const proxy = { https_proxy: 'http://proxy.internal:3128', no_proxy: '.internal' };
    const inside = synthesized({ load_balancer: { scheme: 'internal' }, proxy_config: proxy, license: { type: 'jwt', token: 'canary' } });
    for (const name of NAMES) {
      const stack = name.startsWith('drain-') ? 'drain' : name === 'license' ? 'license' : 'api';
      expect([name, bytesOf(variables(inside, name), inside.template(stack)) < 4096]).toEqual([name, true]);
    }
  });

  it('are published anew when a value changes that reaches them by parameter, and only then', () => {
    const published = (changes: Record<string, unknown>) => Object.fromEntries(synthesized(changes).all()
      .flatMap(({ Type, id, Properties }) => (Type === 'AWS::Lambda::Version' ? [[JSON.stringify(Properties?.FunctionName), id]] : [])));
    const [one, same, other] = [{}, { name_prefix: 'platform' }, { iot_broker_endpoint: 'mqtt.example.com' }].map(published);
    const described = (changes: Record<string, unknown>) => functionOf(synthesized(changes), 'worker-api').Properties?.Description as string;

    expect(Object.keys(one ?? {}).length).toBeGreaterThan(10);
    expect(same).toEqual(one);
    for (const [name, id] of Object.entries(other ?? {})) expect([name, id === one?.[name]]).toEqual([name, false]);
    // The service makes no version of a function that is as it was.
    expect(described({ iot_broker_endpoint: 'mqtt.example.com' })).not.toBe(described({}));
    expect(variables(synthesized({ iot_broker_endpoint: 'mqtt.example.com' }), 'worker-api')).toEqual(variables(synthesized({}), 'worker-api'));
  });

  it('connect as the user of their kind', () => {
    const secret = (name: FunctionName, stack: 'api' | 'drain') => readable(variables(licensed, name).DATABASE_SECRET_ARN, licensed.template(stack));

    for (const name of ['graphql', 'http', 'worker-api'] as const) expect(secret(name, 'api')).toBe('{/platform/database/secret-database-api}');
    for (const name of NAMES.filter((each) => each.startsWith('drain-'))) expect(secret(name, 'drain')).toBe('{/platform/database/secret-database-drain}');
    expect(secret('ops', 'api')).toBe('{/platform/database/secret-database}');
  });

  it('have the policy engine where they ask for it, and the tracing library', () => {
    for (const name of NAMES) {
      const layers = JSON.stringify(functionOf(licensed, name).Properties?.Layers ?? []);
      expect([name, /opaarm64/.test(layers), /telemetry/.test(layers)]).toEqual([name, FUNCTIONS[name].policyEngine, true]);
    }
  });

  it('write logs of their own, kept a month under the master key', () => {
    const groups = licensed.resources('AWS::Logs::LogGroup').map(({ Properties }) => [Properties?.LogGroupName, Properties?.RetentionInDays]);

    for (const name of NAMES) expect(groups).toContainEqual([`/platform/functions/${name}`, 30]);
    for (const made of [licensed, synthesized()]) for (const { Properties } of made.resources('AWS::Logs::LogGroup')) {
      expect([Properties?.LogGroupName, Properties?.KmsKeyId]).toEqual([Properties?.LogGroupName, { Ref: expect.stringMatching(/kmsmasterkeyarn/) }]);
    }
  });

  it('know where traces go and which private networks webhooks may reach, where the file says so', () => {
    const asked = synthesized({
      license: { type: 'jwt', token: 'canary' },
      telemetry: { vendor: 'OpenTelemetry', otlp_endpoint: 'http://collector.internal:4317' },
      outbound: { allowed_cidrs: ['10.20.0.0/16', 'fd00:20::/32'], allowed_hosts: 'hooks.internal, hooks' },
    });
    const reach = { OUTBOUND_ALLOWED_CIDRS: '10.20.0.0/16,fd00:20::/32', OUTBOUND_ALLOWED_HOSTS: 'hooks.internal,hooks' };
    for (const name of NAMES) {
      const traced = { OBSERVABILITY_VENDOR: 'OpenTelemetry', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.internal:4317' };
      const told = { ...traced, ...(['graphql', 'drain-events', 'drain-cron'].includes(name) ? reach : {}) };
      expect([name, variables(asked, name)]).toEqual([name, expect.objectContaining(told)]);
      expect([name, Object.keys(variables(licensed, name)).filter((variable) => /^(OTEL|OUTBOUND)_/.test(variable))]).toEqual([name, []]);
    }
    const known = Object.entries(variables(asked, 'drain-events')).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    const { config } = readAwsConfig(Object.fromEntries(known));
    expect(config).toMatchObject({ otelEndpoint: 'http://collector.internal:4317', outbound: { hosts: ['hooks.internal', 'hooks'] } });
    expect(config.outbound.ranges).toHaveLength(2);
  });

  it('that ask policies give them the time that the operator says, and have room to be told', () => {
    const timeouts = { plan: '80s', push: '20s', notification: '15s', login: '8s', approval: '7s', trigger: '1m30s500ms', combined: '2m' };
    const asked = synthesized({ license: { type: 'jwt', token: 'canary' }, disaster_recovery: { replica_region: 'eu-central-1' }, policies: { timeouts } });
    const timed = NAMES.filter((name) => Object.keys(variables(asked, name)).some((variable) => variable.startsWith('POLICY_')));

    expect(timed).toEqual(NAMES.filter((name) => FUNCTIONS[name].policyEngine));
    for (const name of timed) {
      const bytes = bytesOf(variables(asked, name), asked.template(name.startsWith('drain-') ? 'drain' : 'api'));
      expect([name, bytes < 4096]).toEqual([name, true]);
    }
    const known = Object.entries(variables(asked, 'drain-policies')).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    const { policyLimits } = readAwsConfig(Object.fromEntries(known)).config;
    const { PLAN, GIT_PUSH, NOTIFICATION, LOGIN, APPROVAL, TRIGGER } = policyLimits.deadlineMs;
    expect([PLAN, GIT_PUSH, NOTIFICATION, LOGIN, APPROVAL, TRIGGER, policyLimits.combinedMs]).toEqual([80_000, 20_000, 15_000, 8_000, 7_000, 90_500, 120_000]);
    expect(readAwsConfig({}).config.policyLimits).toEqual(DEFAULT_LIMITS);
  });

  it('offer the Terraform versions that the operator admits', () => {
    const asked = synthesized({ terraform: { allowed_versions: '>=1.6.0 <1.12.0' } });
    const told = NAMES.filter((name) => name !== 'license' && 'TERRAFORM_ALLOWED_VERSIONS' in variables(asked, name));

    expect(told.sort()).toEqual(['graphql', 'worker-api']);
    expect(variables(asked, 'graphql').TERRAFORM_ALLOWED_VERSIONS).toBe('>=1.6.0 <1.12.0');
    expect('TERRAFORM_ALLOWED_VERSIONS' in variables(licensed, 'graphql')).toBe(false);
  });

  it('fetch lists of releases from their publishers, from a mirror, or not at all', () => {
    const from = (changes: Readonly<Record<string, unknown>>) => {
      const asked = synthesized(changes);
      const told = NAMES.filter((name) => name !== 'license').map((name) => [name, variables(asked, name).TOOL_VERSIONS_FROM]);
      return told.filter(([, value]) => value !== undefined);
    };

    expect(from({})).toEqual([['drain-cron', 'publishers']]);
    expect(from({ tools: { versions_from: 'https://mirror.example.com/tools' } })).toEqual([['drain-cron', 'https://mirror.example.com/tools']]);
    expect(from({ tools: { versions_from: 'off' } })).toEqual([]);
  });

  it('know where reports of usage go, where the file wants them sent', () => {
    const endpoint = 'https://usage.example.com/reports';
    const toldBy = (changes: Readonly<Record<string, unknown>>) => {
      const asked = synthesized(changes);
      return NAMES.filter((name) => name !== 'license' && variables(asked, name).USAGE_ENDPOINT === endpoint).sort();
    };

    expect(toldBy({ automatically_report_usage_data: true, usage: { endpoint } })).toEqual(['drain-cron', 'drain-events']);
    expect(toldBy({ usage: { endpoint } })).toEqual([]);
  });

  it('may cause one another through queues, however long the chain', () => {
    for (const name of NAMES) expect([name, functionOf(licensed, name).Properties?.RecursiveLoop]).toEqual([
      name,
      FUNCTIONS[name].consumes.length > 0 ? 'Allow' : undefined,
    ]);
  });

  it('serve by an alias of a published version', () => {
    const aliases = licensed.resources('AWS::Lambda::Alias');

    expect(aliases.map(({ Properties }) => Properties?.Name)).toEqual(aliases.map(() => 'live'));
    expect(aliases).toHaveLength(13);
  });

  it('get new code behind the API only after the migrations ran', () => {
    const { Resources } = licensed.template('api');
    const [migrations] = Object.entries(Resources).filter(([, { Type }]) => Type === 'Custom::Migrations').map(([id]) => id);

    for (const alias of licensed.resources('AWS::Lambda::Alias', 'api')) expect(alias.DependsOn).toContain(migrations);
  });

  it('may reach every bucket and queue that their environment names for writing', () => {
    for (const name of NAMES) {
      const { sends = [], buckets = [] } = FUNCTION_RIGHTS[name];
      for (const queue of sends) expect([name, queue, FUNCTION_VARIABLES[name].includes(QUEUE_VARIABLES[queue])]).toEqual([name, queue, true]);
      for (const { bucket } of buckets) if (bucket !== 'access-logs') expect([
        name,
        bucket,
        FUNCTION_VARIABLES[name].includes(bucketVariable(bucket)),
      ]).toEqual([name, bucket, true]);
    }
  });
});

describe('addresses of the API', () => {
  const answers = (path: string): FunctionName | undefined => {
    const parts = path.split('/').filter((part) => part !== '');
    for (let length = parts.length; length >= 0; length -= 1) {
      const exact = `/${parts.slice(0, length).join('/')}`;
      if (length === parts.length && API_ROUTES[exact] !== undefined) return API_ROUTES[exact];
      const below = `${length === 0 ? '' : exact}/*`;
      if (length < parts.length && API_ROUTES[below] !== undefined) return API_ROUTES[below];
    }
    return undefined;
  };

  it('lead to the functions of their kinds', () => {
    expect(
      [
        '/graphql',
        '/worker/v1/heartbeat',
        '/webhooks/git/abc',
        '/webhooks/slack',
        '/.well-known/jwks',
        '/health/deep',
        '/',
        '/stacks/one',
        '/assets/index.js',
      ].map(answers),
    ).toEqual([
      'graphql', 'worker-api', 'webhooks', 'http', 'http', 'http', 'web', 'web', 'web',
    ]);
  });

  it('of the server on one machine all lead to a function that answers, not to the interface', () => {
    // Objects have addresses of their own on AWS, and the first page is the interface.
    const routes = embeddedRoutes({ settings: {} } as never, {} as never, {} as never).map(({ pattern }) => pattern);
    const patterns = routes.filter((pattern) => pattern !== '/' && !pattern.startsWith('/objects/'));

    for (const pattern of patterns) expect([pattern, answers(pattern.replace(/[:*][A-Za-z]+/g, 'x'))]).toEqual([
      pattern,
      expect.stringMatching(/^(graphql|http|worker-api|webhooks)$/),
    ]);
  });

  it('are traced, limited in rate and logged', () => {
    const [stage] = licensed.resources('AWS::ApiGateway::Stage');

    expect(stage?.Properties).toMatchObject({
      TracingEnabled: true,
      AccessLogSetting: expect.anything(),
      MethodSettings: [expect.objectContaining({ ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 2000, LoggingLevel: 'ERROR', DataTraceEnabled: false })],
    });
    expect(licensed.resources('AWS::ApiGateway::RestApi')[0]?.Properties).toMatchObject({
      DisableExecuteApiEndpoint: true, EndpointConfiguration: { Types: ['REGIONAL'] }, BinaryMediaTypes: ['*/*'], MinimumCompressionSize: 1024,
    });
    expect(licensed.resources('AWS::ApiGateway::DomainName')[0]?.Properties).toMatchObject({ DomainName: 'windlass.example.com', SecurityPolicy: 'TLS_1_2' });
  });

  it('are behind rules of rate and reputation, none of which looks into bodies', () => {
    const rules = licensed.resources('AWS::WAFv2::WebACL')[0]?.Properties?.Rules as { Statement: Record<string, { Limit?: number; Name?: string }> }[];

    expect(rules.map(({ Statement }) => Statement.RateBasedStatement?.Limit ?? Statement.ManagedRuleGroupStatement?.Name)).toEqual([
      'AWSManagedRulesAmazonIpReputationList',
      100_000,
      10_000,
    ]);
    expect(licensed.resources('AWS::WAFv2::WebACLAssociation')).toHaveLength(1);
  });
});
