import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { IoTClient } from '@aws-sdk/client-iot';
import { expect } from 'expect';
import { IotCertificates } from '../../../lib/adapters/aws/iot-certificates.ts';

describe('the policies of worker pools', () => {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      bodies.push(body);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  let client: IoTClient;
  before(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    client = new IoTClient({ endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' } });
  });
  after(() => {
    client.destroy();
    server.close();
  });

  it('carry the tags of the installation, where it has any', async () => {
    const place = { partition: 'aws', region: 'eu-west-1', accountId: '123456789012', namespace: 'acme' };
    await new IotCertificates({ client, place: { ...place, tags: [{ key: 'team', value: 'infra' }] } }).createPolicy('01J00000000000000000000000');
    await new IotCertificates({ client, place }).createPolicy('01J00000000000000000000000');

    expect(bodies.map((body) => (JSON.parse(body) as { readonly tags?: unknown }).tags)).toEqual([[{ Key: 'team', Value: 'infra' }], undefined]);
  });
});
