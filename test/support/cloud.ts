import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { IoTClient } from '@aws-sdk/client-iot';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { CLIENT_SETTINGS } from '../../lib/adapters/aws/clients/settings.ts';
import { OPTIONAL_FUNCTION_VARIABLES } from '../../lib/core/shared/function-variables.ts';
import type { FunctionName } from '../../lib/core/shared/functions.ts';
import { corrections } from './aws-corrections.ts';
import { presignedAddresses } from './aws-presigned.ts';
import { awsProxy, inTurn, type AwsCall, type Intercept } from './aws-proxy.ts';
import { assemble } from './cloud/assembly.ts';
import { cloudFormationService } from './cloud/cloud-formation.ts';
import { makeByFunction, removeByFunction } from './cloud/custom-resources.ts';
import { deployments, type Wanted } from './cloud/deployment.ts';
import { functionPool, type Invocation } from './cloud/function-pool.ts';
import { isOnPaper, onPaper } from './cloud/on-paper.ts';
import { checkVariables, emptyParts, leavePart, takePart, type FunctionPart } from './cloud/parts.ts';
import { rightsGate, type Caller } from './cloud/rights-gate.ts';
import { databaseService, iotDataService, lambdaService, sendsTold } from './cloud/services.ts';
import { makeStore, removeStore } from './cloud/stores.ts';
import type { Made } from './cloud/template.ts';
import { startTraffic, type Traffic } from './cloud/traffic.ts';
import { startIotCore } from './iot-core.ts';
import { MOTO_ACCOUNT, MOTO_REGION, startMoto } from './moto.ts';
import { freePort } from './free-port.ts';
import { startPostgres } from './postgres.ts';
import { scratchFolder } from './scratch.ts';

const OPERATOR_KEY = 'AKIAOPERATOREXAMPLE0';
const SECRET_KEY = 'test-secret-key';

export interface CloudOptions {
  /** Changes to the example's configuration file. */
  readonly changes?: Readonly<Record<string, unknown>>;
  /** Containers of a function at once, and batches of a queue. */
  readonly most?: number;
  readonly onInvocation?: (invocation: Invocation) => void;
  /** Hears of every call of a function when it has been answered. */
  readonly onCall?: (made: MadeCall) => void;
  /** The port of the API; a free one without it. */
  readonly port?: number;
}

/** A call of AWS by a function, and when it was under way, in milliseconds of `performance.now()`. */
export interface MadeCall {
  readonly call: AwsCall;
  readonly functionName: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface CloudAccess {
  readonly url: string;
  /** The administrator who signs in by password. */
  readonly admin: { readonly username: string; readonly password: string };
  /** What verifies the broker's certificate. */
  readonly brokerCa: string;
  /** Where the logs of functions are, in `logs`. */
  readonly folder: string;
  readonly databaseUrl: string;
  /** Where AWS answers whoever has the key. */
  readonly awsUrl: string;
  readonly operatorKey: string;
}

export type Cloud = Awaited<ReturnType<typeof startCloud>>;

/**
 * The whole serverless installation on this machine, made from its synthesised templates: moto and a real PostgreSQL hold the data, each
 * function runs as its built bundle in processes of its own with the rights of its role, and what lies between them is acted out here.
 */
export async function startCloud(options: CloudOptions = {}) {
  endWithTheProcess();
  const folder = await scratchFolder('cloud');
  const closing: (() => Promise<unknown>)[] = [() => folder.remove()];
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    return await start(options, folder.path, closing, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(options: CloudOptions, folder: string, closing: (() => Promise<unknown>)[], stop: () => Promise<void>) {
  const parts = emptyParts();
  const admin = { username: 'admin', password: randomBytes(18).toString('base64url') };
  let masterKeyArn: string | undefined;
  // What comes last is known to what comes first, and is gone while nothing is installed.
  let traffic: Traffic | undefined;
  const failures: (readonly string[])[] = [];
  let aheadMs = 0;

  const port = options.port ?? (await freePort());
  const hostname = `127.0.0.1:${port}`;
  const assembling = assemble({ folder, hostname, changes: options.changes });
  assembling.catch(() => undefined);
  const [moto, postgres] = await Promise.all([startMoto(), startPostgres()]);
  closing.push(
    () => postgres.stop(),
    () => moto.stop(),
  );
  const assembly = await assembling;
  const { config } = assembly;

  // Who calls, by the key of the container.
  const callers = new Map<string, Caller | 'expired'>();
  const callerOf = (key: string): Caller | 'operator' | 'expired' | undefined => (key === OPERATOR_KEY ? 'operator' : callers.get(key));
  const secretArns: string[] = [];
  const findSecret = (id: string): string =>
    secretArns.find((arn) => arn === id || arn.replace(/-\w{6}$/, '') === id || arn.replace(/^.*:secret:(.*)-\w{6}$/, '$1') === id) ?? id;
  const gate = rightsGate({ callerOf, masterKeyArn: () => masterKeyArn, findSecret });
  const statementsOf = (roleArn: string) => parts.roles.get(roleArn.split('/').at(-1) ?? '') ?? [];

  const told: Intercept = async (call, next) => {
    const startedAt = performance.now();
    const answer = await next(call);
    const caller = callers.get(call.accessKeyId ?? '');
    if (typeof caller === 'object') options.onCall?.({ call, functionName: caller.name, startedAt, endedAt: performance.now() });
    return answer;
  };
  const services: Intercept[] = [];
  const faults = new Set<Intercept>();
  const proxy = await awsProxy({
    upstream: moto.url,
    intercept: inTurn(
      presignedAddresses({ secretKey: SECRET_KEY, now: () => new Date(Date.now() + aheadMs) }),
      told,
      (call, next) => inTurn(...faults)(call, next),
      gate.intercept,
      (call, next) => inTurn(...services)(call, next),
      sendsTold((queue) => traffic?.pump.nudge(queue)),
      corrections(),
    ),
  });
  closing.push(() => proxy.close());

  const settings = { ...CLIENT_SETTINGS, endpoint: proxy.url, region: MOTO_REGION, credentials: { accessKeyId: OPERATOR_KEY, secretAccessKey: SECRET_KEY } };
  const clients = {
    s3: new S3Client(settings),
    sqs: new SQSClient(settings),
    kms: new KMSClient(settings),
    ssm: new SSMClient(settings),
    secrets: new SecretsManagerClient(settings),
    iot: new IoTClient(settings),
  };
  closing.push(async () => Object.values(clients).forEach((client) => client.destroy()));

  const iot = await startIotCore({ iot: clients.iot, onPublish: (publish) => void traffic?.rules.take(publish) });
  closing.push(() => iot.close());
  const databaseUrl = await postgres.database('windlass');
  const database = databaseService({ postgresUrl: databaseUrl, clusterArn: () => parts.clusterArn, secrets: clients.secrets });
  closing.push(() => database.close());

  let containers = 0;
  function newAccessKey(part: FunctionPart): string {
    const key = `ASIA${part.name.toUpperCase().replace(/[^A-Z0-9]/g, '')}${++containers}`;
    callers.set(key, { name: part.name, statements: statementsOf(part.roleArn) });
    return key;
  }
  const pool = functionPool(parts.functions, {
    folder,
    most: options.most ?? 2,
    newAccessKey,
    aheadMs: () => aheadMs,
    runtime: {
      AWS_REGION: MOTO_REGION,
      AWS_DEFAULT_REGION: MOTO_REGION,
      AWS_SECRET_ACCESS_KEY: SECRET_KEY,
      AWS_ENDPOINT_URL: proxy.url,
      AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    onInvocation: options.onInvocation,
  });
  closing.push(() => pool.close());
  services.push(
    lambdaService((name, event) => pool.invoke(name, event)),
    iotDataService(iot.dataUrl),
    database.intercept,
  );

  async function make(wanted: Wanted): Promise<Made | undefined> {
    const { type, properties } = wanted;
    if (type === 'Custom::IotEndpoint') return { ref: wanted.id, attributes: { endpointAddress: `127.0.0.1:${iot.port}` } };
    if (type.startsWith('Custom::')) return makeByFunction(wanted, (name, event) => pool.invoke(name, event));
    const made = (await makeStore(clients, wanted)) ?? takePart(parts, wanted, (key) => assembly.assetFolder(key)) ?? onPaper(wanted);
    const part = type === 'AWS::Lambda::Function' && made !== undefined ? parts.functions.get(made.ref) : undefined;
    if (part !== undefined) checkVariables(part);
    // The networks that webhooks reach are this machine's alone, as an operator may admit them.
    if (part !== undefined && OPTIONAL_FUNCTION_VARIABLES.OUTBOUND_ALLOWED_CIDRS?.some((name) => part.name === `${config.prefix}-${name}`))
      parts.functions.set(part.name, { ...part, environment: { ...part.environment, OUTBOUND_ALLOWED_CIDRS: '127.0.0.0/8' } });
    if (type === 'AWS::SSM::Parameter' && String(properties.Name).endsWith('/kms/master-key-arn')) masterKeyArn = String(properties.Value);
    if (type === 'AWS::SecretsManager::Secret' && made !== undefined) secretArns.push(made.ref);
    // As the installer writes it, before what reads it is deployed.
    if (type === 'AWS::SecretsManager::Secret' && properties.Name === `${config.prefix}/admin`)
      await clients.secrets.send(new PutSecretValueCommand({ SecretId: made?.ref, SecretString: JSON.stringify(admin) }));
    return made;
  }

  async function remove(wanted: Wanted, made: Made): Promise<boolean> {
    const { type } = wanted;
    if (type === 'Custom::IotEndpoint' || isOnPaper(type)) return true;
    if (type.startsWith('Custom::')) return removeByFunction(wanted, made, (name, event) => pool.invoke(name, event)).then(() => true);
    if (type === 'AWS::Lambda::Function') pool.recycle(made.ref);
    return leavePart(parts, wanted, made) || removeStore(clients, wanted, made);
  }

  await mkdir(join(folder, 'logs'), { recursive: true });
  const stacks = deployments({
    pseudo: { 'AWS::Region': MOTO_REGION, 'AWS::AccountId': MOTO_ACCOUNT, 'AWS::Partition': 'aws', 'AWS::URLSuffix': 'amazonaws.com' },
    make,
    remove,
    readParameter: async (name) =>
      clients.ssm.send(new GetParameterCommand({ Name: name })).then(
        ({ Parameter: found }) => found?.Value,
        () => undefined,
      ),
    async readSecret(secretId, key) {
      const { SecretString: text = '{}' } = await clients.secrets.send(new GetSecretValueCommand({ SecretId: secretId }));
      const value = (JSON.parse(text) as Readonly<Record<string, unknown>>)[key];
      if (typeof value !== 'string') throw new Error(`the secret ${secretId} has no ${key}`);
      return value;
    },
  });

  const queueUrl = (name: string): string => `${proxy.url}/${MOTO_ACCOUNT}/${name}`;
  async function start(): Promise<void> {
    const common = { parts, port, pool, queueUrl, statementsOf, prefix: config.prefix, sqs: clients.sqs, most: options.most ?? 2 };
    traffic = await startTraffic({ ...common, masterKeyArn: masterKeyArn ?? '' });
    failures.push(traffic.rules.failures);
  }
  async function halt(): Promise<void> {
    const ending = traffic;
    traffic = undefined;
    await ending?.stop();
  }
  const installed = (): Traffic => {
    if (traffic === undefined) throw new Error('nothing is installed in this cloud');
    return traffic;
  };
  services.push(cloudFormationService({
    has: (name) => stacks.has(name),
    async remove(name) {
      await halt();
      await stacks.remove(name);
    },
  }));
  await stacks.deploy(assembly.stacks);
  await start();
  closing.push(halt);

  return {
    url: `http://${hostname}`,
    /** The administrator who signs in by password. */
    admin,
    config,
    folder,
    parts,
    clients,
    proxyUrl: proxy.url,
    gate,
    callers,
    /** Statements of roles that decided about no call so far, of the functions that made any. */
    unusedRights(): readonly (readonly [string, readonly string[]])[] {
      const acting = new Map([...callers.values()].flatMap((caller) => (caller === 'expired' ? [] : [[caller.name, caller] as const])));
      return [...acting].map(([name, caller]) => [name, gate.unused(caller)] as const);
    },
    pool,
    get pump() {
      return installed().pump;
    },
    get rules() {
      return installed().rules;
    },
    /** Deploys stacks by their identifiers, or all, in place of the CDK's program; what stands as it is wanted is left alone. */
    async deploy(ids: readonly string[] | 'all'): Promise<number> {
      const wanted = assembly.stacks.filter(({ name }) => ids === 'all' || ids.includes(name.slice(config.prefix.length + 1)));
      const made = await stacks.deploy(wanted);
      if (ids === 'all' && traffic === undefined) await start();
      return made;
    },
    /** Which of the stacks there are. */
    stacks: (): readonly string[] => assembly.stacks.map(({ name }) => name).filter((name) => stacks.has(name)),
    iot,
    database,
    /** What other processes need to know to use this installation, and to look into what it has kept. */
    access: { url: `http://${hostname}`, admin, brokerCa: iot.ca, folder, databaseUrl, awsUrl: proxy.url, operatorKey: OPERATOR_KEY } satisfies CloudAccess,
    /** What was refused to functions and rules, in words: rights are right only when nothing was. */
    refusals: (): readonly string[] => [
      ...new Set([...gate.refusals.map(({ caller, action, resource }) => `${caller} may not ${action} on ${resource}`), ...failures.flat()]),
    ],
    /** Stands before every call of AWS, and may answer it; returns how to end that. */
    fault(intercept: Intercept): () => void {
      faults.add(intercept);
      return () => void faults.delete(intercept);
    },
    /** Closes connections that nobody uses at the moment, as servers do after a while. */
    closeIdleConnections: () => proxy.closeIdleConnections(),
    /** Fires a rule of the scheduler now. */
    fire: (rule: string) => installed().clock.fire(rule),
    /** Lets the schedules see that a minute has passed of itself. */
    tickMinute: () => installed().clock.advance(60_000),
    /** The key of whoever may do everything. */
    operatorKey: OPERATOR_KEY,
    /** Lets time pass for functions, queues and schedules: each rule fires when it is due, and what it starts is finished before the next does. */
    async advance(ms: number): Promise<void> {
      const before = aheadMs;
      const { clock, pump } = installed();
      await clock.advance(ms, async (at) => {
        await pump.quiet();
        aheadMs = before + at;
        moto.setQueueClock(aheadMs);
      });
      await pump.quiet();
      aheadMs = before + ms;
      moto.setQueueClock(aheadMs);
    },
    moto,
    /** The address of a queue by its name without the prefix: `async-jobs.fifo`. */
    queueUrl: (name: string) => queueUrl(`${config.prefix}-${name}`),
    /** A function by its name without the prefix. */
    invoke: (name: FunctionName, event: unknown) => pool.invoke(`${config.prefix}-${name}`, event),
    /** Waits until no message is under way. */
    quiet: (withinMs?: number) => installed().pump.quiet(withinMs),
    stop,
  };
}

/** A signal that ends this process unheard would leave behind what it started. */
function endWithTheProcess(): void {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) if (process.listenerCount(signal) === 0) process.once(signal, () => process.exit(1));
}
