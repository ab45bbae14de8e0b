import { describe, it } from 'node:test';
import { expect } from 'expect';
import { FUNCTION_VARIABLES, QUEUE_VARIABLES } from '../../lib/core/shared/function-variables.ts';
import { FUNCTIONS, type FunctionName } from '../../lib/core/shared/functions.ts';
import { readAwsConfig, requireAwsConfig } from '../../lib/runtime/aws-config.ts';

/** A value of the right shape for each variable. */
function valueOf(name: string): string {
  if (name.endsWith('_ARN')) return 'arn:aws:service:us-east-1:123456789012:thing';
  if (name.endsWith('_URL')) return `https://sqs.us-east-1.amazonaws.com/123456789012/${name.toLowerCase()}`;
  const fixed: Record<string, string> = { AWS_ACCOUNT_ID: '123456789012', SERVER_DOMAIN: 'windlass.example.test', ACCOUNT_NAME: 'acme', MESSAGE_QUEUE_TYPE: 'sqs', ENCRYPTION_TYPE: 'kms', MQTT_BROKER_TYPE: 'iotcore', OBJECT_STORAGE_TYPE: 'aws', OBSERVABILITY_VENDOR: 'AWS', LICENSE_TYPE: 'none', DATABASE_ACCESS: 'data-api', AWS_PARTITION: 'aws' };
  return fixed[name] ?? `value-of-${name.toLowerCase()}`;
}

const environmentOf = (name: FunctionName): Record<string, string> => ({ ...Object.fromEntries(FUNCTION_VARIABLES[name].map((variable) => [variable, valueOf(variable)])), WINDLASS_FUNCTION: name });

describe("a function's environment", () => {
  for (const name of Object.keys(FUNCTIONS) as FunctionName[]) {
    it(`is complete for ${name} with what the table says, and tells every variable that is missing`, () => {
      expect(readAwsConfig(environmentOf(name)).faults).toEqual([]);

      const withDefault = /^(MESSAGE_QUEUE_TYPE|ENCRYPTION_TYPE|MQTT_BROKER_TYPE|OBJECT_STORAGE_TYPE|OBSERVABILITY_VENDOR|LICENSE_TYPE|DATABASE_ACCESS|AWS_PARTITION|WINDLASS_FUNCTION)$/;
      const needed = FUNCTION_VARIABLES[name].filter((variable) => !withDefault.test(variable));
      expect(readAwsConfig({ WINDLASS_FUNCTION: name }).faults).toEqual(needed.map((variable) => `${variable}: is not set, and the function ${name} needs it`));
    });
  }

  it('fits into the four kilobytes that a function may have, with long names', () => {
    for (const name of Object.keys(FUNCTIONS) as FunctionName[]) {
      const bytes = FUNCTION_VARIABLES[name].reduce((sum, variable) => sum + variable.length + Math.max(60, valueOf(variable).length), 0);

      expect(bytes).toBeLessThan(4096);
    }
  });

  it('gives the queues that a function consumes an address', () => {
    for (const [name, { consumes }] of Object.entries(FUNCTIONS)) {
      for (const queue of consumes) expect(FUNCTION_VARIABLES[name as FunctionName]).toContain(QUEUE_VARIABLES[queue]);
    }
  });

  it('stands for the choices of AWS where types are not set', () => {
    const { MESSAGE_QUEUE_TYPE: _q, ENCRYPTION_TYPE: _e, MQTT_BROKER_TYPE: _m, OBJECT_STORAGE_TYPE: _o, OBSERVABILITY_VENDOR: _v, LICENSE_TYPE: _l, DATABASE_ACCESS: _d, AWS_PARTITION: _p, ...rest } = environmentOf('graphql');

    const { config, faults } = readAwsConfig(rest);

    expect(faults).toEqual([]);
    expect(config).toMatchObject({ partition: 'aws', vendor: 'AWS', licenseType: 'none', database: { access: 'data-api' } });
  });

  it('refuses contradictions and unknown choices, all at once', () => {
    const wrong = {
      MESSAGE_QUEUE_TYPE: 'postgres', ENCRYPTION_TYPE: 'rsa', OBJECT_STORAGE_TYPE: 'ftp', OBSERVABILITY_VENDOR: 'Zipkin', DATABASE_ACCESS: 'odbc', SERVER_DOMAIN: 'https://x/', AWS_ACCOUNT_ID: '12', DATABASE_SECRET_ARN: 'secret', [QUEUE_VARIABLES.async]: 'queue',
    };

    expect(readAwsConfig({ ...environmentOf('http'), ...wrong }).faults).toEqual([
      'MESSAGE_QUEUE_TYPE: "postgres" does not go with MQTT_BROKER_TYPE=iotcore, whose messages arrive by sqs',
      'ENCRYPTION_TYPE: "rsa" is not available in functions; leave it out or set kms',
      'OBJECT_STORAGE_TYPE: "ftp" is none of aws, gcp, azure, minio',
      'DATABASE_ACCESS: "odbc" is none of data-api, direct',
      'SERVER_DOMAIN: "https://x/" is not a host name (no scheme, no slash)',
      'AWS_ACCOUNT_ID: "12" is not an account id of 12 digits',
      'DATABASE_SECRET_ARN: "secret" is not an ARN',
      `${QUEUE_VARIABLES.async}: "queue" is not the URL of a queue`,
      'OBSERVABILITY_VENDOR: "Zipkin" is none of AWS, OpenTelemetry, Disabled',
    ]);
  });

  it('asks for the address of the database instead of the cluster when it is reached directly', () => {
    const { DATABASE_CLUSTER_ARN: _c, DATABASE_SECRET_ARN: _s, DATABASE_NAME: _n, ...rest } = environmentOf('drain-fifo');
    const direct = { ...rest, DATABASE_ACCESS: 'direct' };

    expect(readAwsConfig(direct).faults).toEqual(['DATABASE_URL_SECRET_ARN: is not set, and the function drain-fifo needs it']);
    expect(readAwsConfig({ ...direct, DATABASE_URL_SECRET_ARN: valueOf('X_ARN') })).toMatchObject({ faults: [], config: { database: { access: 'direct' } } });
  });

  it('names the function, or all that there are', () => {
    expect(readAwsConfig({}).faults[0]).toMatch(/^WINDLASS_FUNCTION: is not set: it is one of graphql, http, /);
    expect(() => requireAwsConfig({ WINDLASS_FUNCTION: 'cron' })).toThrow(/WINDLASS_FUNCTION: "cron" is none of[\s\S]*SERVER_DOMAIN: is not set/);
  });
});
