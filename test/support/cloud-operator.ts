import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ImportCertificateCommand } from '@aws-sdk/client-acm';
import { awsClients } from '../../lib/install/aws/clients.ts';
import { writeParameter } from '../../lib/install/aws/parameters.ts';
import { runOperatorCommand } from '../../lib/install/command-line.ts';
import type { CommandContext } from '../../lib/install/context.ts';
import type { OperatorCommand } from '../../lib/install/usages.ts';
import { VERSION } from '../../lib/runtime/version.ts';
import type { Cloud } from './cloud.ts';
import { engineVersions } from './engine-versions.ts';
import { example } from './infra.ts';
import { awsEnvironment, MOTO_REGION } from './moto.ts';
import type { CommandOutcome } from './installation.ts';
import { serverCertificate } from './server-certificate.ts';

export interface CloudOperator {
  /** A command with the file that the cloud was made of, as an operator runs it; it is told yes. */
  run(command: OperatorCommand, args: readonly string[]): Promise<CommandOutcome>;
  close(): void;
}

/** The operator of a local cloud, with the commands; the CDK's program is the cloud itself, which deploys the templates that it was made of. */
export async function cloudOperator(cloud: Cloud): Promise<CloudOperator> {
  const before = { ...process.env };
  Object.assign(process.env, awsEnvironment(cloud.proxyUrl), { AWS_ACCESS_KEY_ID: cloud.operatorKey });
  const aws = (region: string) => awsClients(region, { endpoint: cloud.proxyUrl });
  const endVersions = cloud.fault(engineVersions);
  const operator = aws(MOTO_REGION);
  const { cert, key } = await serverCertificate('windlass.example.com');
  const { CertificateArn } = await operator.acm.send(new ImportCertificateCommand({ Certificate: Buffer.from(cert), PrivateKey: Buffer.from(key) }));
  await writeParameter(operator, '/cdk-bootstrap/hnb659fds/version', '28');
  operator.close();
  const configFile = join(cloud.folder, 'config.json');
  const load_balancer = { certificate_arn: CertificateArn };
  const file = { ...example(), spacelift_hostname: 'windlass.example.com', load_balancer, sso_config: null, admin: cloud.admin };
  await writeFile(configFile, JSON.stringify(file), { mode: 0o600 });

  return {
    async run(command, args) {
      const said: string[] = [];
      const complained: string[] = [];
      const context: CommandContext = {
        version: VERSION,
        // No launchers are built there to be published.
        root: cloud.folder,
        say: (line) => void said.push(line),
        complain: (line) => void complained.push(line),
        ask: async () => 'yes',
        aws,
        cdk: {
          async deploy({ stacks }) {
            await cloud.deploy(stacks);
            return {};
          },
        },
        now: () => new Date(),
        sleep: () => Promise.resolve(),
        fetch: (url) => fetch(url.replace(/^https:\/\/[^/]+/, cloud.url)),
      };
      const code = await runOperatorCommand(() => context, command, ['-c', configFile, ...args]);
      return { code, said: said.join('\n'), complained: complained.join('\n'), asked: [] };
    },
    close() {
      endVersions();
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
      Object.assign(process.env, before);
    },
  };
}
