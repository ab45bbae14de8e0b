import { describe, it } from 'node:test';
import { expect } from 'expect';
import { readEmbeddedConfig } from '../../lib/runtime/config.ts';

const faultsOf = (environment: Record<string, string>) => readEmbeddedConfig(environment).faults;

describe('the configuration of one machine', () => {
  it('needs nothing: loopback, a folder beside, two process workers', () => {
    const { config, faults } = readEmbeddedConfig({});
    expect(faults).toEqual([]);
    expect(config).toMatchObject({
      dataFolder: '.windlass',
      listen: { host: '127.0.0.1', port: 1983 },
      mqttListen: { host: '127.0.0.1', port: 1984 },
      accountName: 'local',
      worker: { execution: 'process', count: 2 },
      loopbackOnly: true,
    });
  });

  it('reports every fault at once, each with its variable', () => {
    const faults = faultsOf({
      WINDLASS_LISTEN: 'somewhere',
      ACCOUNT_NAME: '-x',
      ADMIN_USERNAME: 'admin',
      ADMIN_API_KEY_ID: 'ci',
      ADMIN_API_KEY_SECRET: 'short',
      EMBEDDED_WORKER_COUNT: 'many',
      DATABASE_URL: 'mysql://x',
      LOG_FORMAT: 'xml',
      TERRAFORM_ALLOWED_VERSIONS: 'newest',
      ENCRYPTION_RSA_PRIVATE_KEY: 'nonsense',
      USAGE_ENDPOINT: 'ftp://usage.example.com',
      TOOL_VERSIONS_FROM: 'somewhere',
      WINDLASS_TLS_CERT: '/cert.pem',
    });
    const named = faults.map((fault) => fault.split(':')[0]);
    expect(new Set(named)).toEqual(
      new Set(['WINDLASS_LISTEN', 'ACCOUNT_NAME', 'ADMIN_PASSWORD', 'ADMIN_API_KEY_SECRET', 'EMBEDDED_WORKER_COUNT', 'DATABASE_URL', 'LOG_FORMAT',
        'TERRAFORM_ALLOWED_VERSIONS', 'ENCRYPTION_RSA_PRIVATE_KEY', 'USAGE_ENDPOINT', 'TOOL_VERSIONS_FROM', 'WINDLASS_TLS_KEY']),
    );
  });

  it('never repeats a secret in a fault', () => {
    const faults = faultsOf({ ADMIN_API_KEY_ID: 'ci', ADMIN_API_KEY_SECRET: 'hunter2-short', ADMIN_PASSWORD: 'hunter2', DATABASE_URL: 'postgres//user:hunter2@h/d', ENCRYPTION_RSA_PRIVATE_KEY: 'hunter2' });
    expect(faults.length).toBeGreaterThan(3);
    expect(faults.join('\n')).not.toContain('hunter2');
  });

  it('wants a public name before it listens beyond loopback, and starts no worker there unasked', () => {
    expect(faultsOf({ WINDLASS_LISTEN: '0.0.0.0:1983' })).toEqual([expect.stringMatching(/^SERVER_DOMAIN: is needed/)]);
    const { config, faults } = readEmbeddedConfig({ WINDLASS_LISTEN: '0.0.0.0:1983', SERVER_DOMAIN: 'windlass.acme.example' });
    expect(faults).toEqual([]);
    expect(config.worker.execution).toBe('off');
  });

  it('names what is not to be had on one machine', () => {
    expect(faultsOf({ MESSAGE_QUEUE_TYPE: 'sqs', ENCRYPTION_TYPE: 'kms', MQTT_BROKER_TYPE: 'iotcore', OBJECT_STORAGE_TYPE: 'aws' })).toHaveLength(4);
    expect(faultsOf({ EMBEDDED_WORKER: 'docker' })).toEqual([expect.stringMatching(/docker execution is not available yet/)]);
  });

  it('does not let one port serve two protocols', () => {
    expect(faultsOf({ WINDLASS_MQTT_LISTEN: '127.0.0.1:1983' })).toEqual([expect.stringMatching(/^WINDLASS_MQTT_LISTEN/)]);
  });
});
