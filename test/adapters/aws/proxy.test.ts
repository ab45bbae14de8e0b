import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'expect';
import { connectProxy, type ConnectProxy } from '../../support/connect-proxy.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { serverCertificate } from '../../support/server-certificate.ts';

const run = promisify(execFile);
const lib = fileURLToPath(new URL('../../../lib', import.meta.url));

/** Calls of each kind that a function makes, in a process of its own: whether Node's own agents ask for a proxy is settled when it starts. */
const CALLS = {
  'a client': `const { ListQueuesCommand } = await import('@aws-sdk/client-sqs');
    const { sqsClient } = await import('${lib}/adapters/aws/clients/sqs.ts');
    await sqsClient().send(new ListQueuesCommand({}));`,
  'the client of statements': `const { rdsDataClient } = await import('${lib}/adapters/aws/clients/rds-data.ts');
    await rdsDataClient().executeStatement({ resourceArn: 'arn:x', secretArn: 'arn:y', sql: 'select 1' });`,
  'the client of the store': `const { ListBucketsCommand } = await import('@aws-sdk/client-s3');
    const { s3Client } = await import('${lib}/adapters/aws/clients/s3.ts');
    await s3Client().send(new ListBucketsCommand({}));`,
  'a command': `const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
    const { awsClients } = await import('${lib}/install/aws/clients.ts');
    await awsClients('eu-west-1').sts.send(new GetCallerIdentityCommand({}));`,
  'a call without a client': `const { signedCalls, serviceUrl } = await import('${lib}/adapters/aws/signed-call.ts');
    await signedCalls(process.env)({ service: 'ssm', method: 'POST', url: serviceUrl(process.env, 'ssm') });`,
};

describe('behind a proxy', () => {
  let proxy: ConnectProxy;
  let service: Server;
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let address: string;
  let served = 0;

  before(async () => {
    proxy = await connectProxy();
    folder = await scratchFolder('proxy');
    const { cert, key } = await serverCertificate('localhost');
    await writeFile(`${folder.path}/authority.pem`, cert);
    service = createServer({ cert, key }, (_request, response) => {
      served++;
      response.setHeader('content-type', 'application/x-amz-json-1.0').end('{}');
    });
    service.listen(0, '127.0.0.1');
    await once(service, 'listening');
    address = `localhost:${(service.address() as AddressInfo).port}`;
  });
  after(async () => {
    await proxy.close();
    service.closeAllConnections();
    service.close();
    await folder.remove();
  });

  const call = (program: string, environment: Record<string, string>) => run(process.execPath, ['--input-type=module', '-e', `${program} process.exit(0);`], {
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    timeout: 30_000,
    env: {
      PATH: process.env.PATH ?? '', AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key', AWS_ENDPOINT_URL: `https://${address}`,
      NODE_EXTRA_CA_CERTS: `${folder.path}/authority.pem`, HTTPS_PROXY: proxy.url, ...environment,
    },
  }).catch((error: Error & { stderr?: string }) => {
    // What the answer means is not asked: it is empty. The call was made, or the count below is wrong.
    if (/ECONN|ENOTFOUND|CERT|SyntaxError|ERR_MODULE/.test(error.stderr ?? '')) throw error;
  });

  for (const [name, program] of Object.entries(CALLS)) {
    it(`${name} goes through it, unless the address is one of those without`, async () => {
      const before = [proxy.asked.length, served] as const;
      await call(program, { NODE_USE_ENV_PROXY: '1' });
      const tunnels = proxy.asked.slice(before[0]);
      expect(tunnels).not.toHaveLength(0);
      expect([...new Set(tunnels)]).toEqual([address]);
      expect(served).toBeGreaterThan(before[1]);

      const then = [proxy.asked.length, served] as const;
      await call(program, { NODE_USE_ENV_PROXY: '1', NO_PROXY: '.internal,localhost' });
      await call(program, {});
      expect(proxy.asked).toHaveLength(then[0]);
      expect(served).toBeGreaterThan(then[1] + 1);
    });
  }
});
