import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ImportCertificateCommand } from '@aws-sdk/client-acm';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { awsClients, type AwsClients } from '../../lib/install/aws/clients.ts';
import { readSecret } from '../../lib/install/aws/secret-values.ts';
import { cdkProgram } from '../../lib/install/cdk.ts';
import { runOperatorCommand } from '../../lib/install/command-line.ts';
import type { CommandContext } from '../../lib/install/context.ts';
import type { OperatorCommand } from '../../lib/install/usages.ts';
import { awsProxy, inTurn, jsonAnswer } from './aws-proxy.ts';
import { engineVersions } from './engine-versions.ts';
import { awsEnvironment, MOTO_REGION, startMoto, type Moto } from './moto.ts';
import { scratchFolder } from './scratch.ts';
import { serverCertificate } from './server-certificate.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface CommandOptions {
  /** What the operator answers, in order; the end of the input after that. */
  readonly answers?: readonly string[];
  /** What the file says besides or instead. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** The stage of the deployment that fails. */
  readonly failOn?: 'first' | 'all';
  readonly context?: Partial<CommandContext>;
}

export interface CommandOutcome {
  readonly code: number;
  readonly said: string;
  readonly complained: string;
  readonly asked: readonly string[];
}

export interface TestInstallation {
  readonly moto: Moto;
  readonly aws: AwsClients;
  /** Where the services answer. */
  readonly url: string;
  readonly folder: string;
  readonly configuration: Readonly<Record<string, unknown>>;
  /** What the function for operators was asked, and what it answers; what the account is named in its database. */
  readonly operations: { readonly asked: { readonly do: string; readonly replace?: boolean }[]; answer: unknown; accountName?: string };
  /** Addresses that answer, by what they answer. */
  readonly pages: Map<string, () => Response>;
  run(command: OperatorCommand, args?: readonly string[], options?: CommandOptions): Promise<CommandOutcome>;
  /** What the CDK's program was told, run by run. */
  deployments(): Promise<readonly { readonly words: readonly string[]; readonly region: string; readonly account: string }[]>;
  close(): Promise<void>;
}

const PROVIDER = 'https://login.example.com';
const DISCOVERY = { issuer: PROVIDER, authorization_endpoint: `${PROVIDER}/authorize`, scopes_supported: ['openid', 'email'] };

/** An account of moto's in which Windlass may be installed, and the commands to do it with. The CDK is a program that notes what it is told. */
export async function testInstallation(): Promise<TestInstallation> {
  const [moto, scratch] = await Promise.all([startMoto(), scratchFolder('install')]);
  const environment = { ...process.env, ...awsEnvironment(moto.url), RECORD: join(scratch.path, 'cdk.log') };
  // The commands take credentials from the operator's environment.
  const before = { ...process.env };
  Object.assign(process.env, awsEnvironment(moto.url));
  const operations: TestInstallation['operations'] = { asked: [], answer: undefined };
  // moto would need Docker to run a function: this one is not what these tests are about.
  const proxy = await awsProxy({
    upstream: moto.url,
    intercept: inTurn(engineVersions, (call, next) => {
      if (!call.path.includes('/functions/platform-ops/invocations')) return next(call);
      const asked = JSON.parse(call.body.toString('utf8')) as (typeof operations.asked)[number];
      operations.asked.push(asked);
      if (asked.do === 'ensure-administrator') return administrator();
      if (asked.do === 'rename-account') return Promise.resolve(jsonAnswer(200, { done: { before: operations.accountName ?? 'acme' } }));
      return Promise.resolve(jsonAnswer(200, operations.answer ?? { done: { identityProvider: asked.replace ? 'stored' : 'unchanged' } }));
    }),
  });
  const aws = awsClients(MOTO_REGION, { endpoint: proxy.url });
  /** As the function says it: who is in the secret. */
  async function administrator() {
    const { username = null } = JSON.parse((await readSecret(aws, 'platform/admin')) ?? '{}') as { readonly username?: string | null };
    return jsonAnswer(200, { done: { administrator: username } });
  }
  const pages = new Map([[`${PROVIDER}/.well-known/openid-configuration`, () => Response.json(DISCOVERY)], ['https://windlass.example.com/health', () => Response.json({ status: 'ok' })]]);
  const { cert, key } = await serverCertificate('windlass.example.com');
  const { CertificateArn } = await aws.acm.send(new ImportCertificateCommand({ Certificate: Buffer.from(cert), PrivateKey: Buffer.from(key) }));
  await aws.ssm.send(new PutParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version', Value: '28', Type: 'String' }));
  const configuration = {
    account_name: 'acme',
    aws_region: MOTO_REGION,
    spacelift_hostname: 'windlass.example.com',
    load_balancer: { certificate_arn: CertificateArn },
    sso_config: { admin_login: 'admin@example.com', sso_type: 'OIDC', oidc_args: { client_id: 'windlass', client_credentials: 'canary-oidc-secret', identity_provider_host: PROVIDER } },
  };

  return {
    moto,
    aws,
    url: proxy.url,
    operations,
    folder: scratch.path,
    configuration,
    pages,
    async run(command, args = [], { answers = [], config = {}, failOn, context = {} } = {}) {
      const said: string[] = [];
      const complained: string[] = [];
      const asked: string[] = [];
      const file = join(scratch.path, 'config.json');
      await writeFile(file, JSON.stringify({ ...configuration, ...config }));
      const made: CommandContext = {
        version: '6.0.0',
        root: scratch.path,
        say: (line) => void said.push(line),
        complain: (line) => void complained.push(line),
        ask: async (question) => answers[asked.push(question) - 1],
        aws: (region) => awsClients(region, { endpoint: proxy.url }),
        cdk: cdkProgram({ program: [process.execPath, '--no-warnings', join(root, 'test', 'support', 'recording-cdk.ts')], root, environment: { ...environment, ...(failOn ? { FAIL_ON: failOn } : {}) }, show: 'stderr' }),
        now: () => new Date(),
        sleep: () => Promise.resolve(),
        fetch: async (url, init) => pages.get(url)?.() ?? (url.startsWith('http://127.0.0.1') ? fetch(url, init) : Promise.reject(new TypeError('fetch failed'))),
        ...context,
      };
      const code = await runOperatorCommand(() => made, command, ['-c', file, ...args]);
      return { code, said: said.join('\n'), complained: complained.join('\n'), asked };
    },
    async deployments() {
      const text = await readFile(join(scratch.path, 'cdk.log'), 'utf8').catch(() => '');
      return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as { words: string[]; region: string; account: string });
    },
    async close() {
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
      Object.assign(process.env, before);
      aws.close();
      await Promise.all([proxy.close(), moto.stop(), scratch.remove()]);
    },
  };
}
