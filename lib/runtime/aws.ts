import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { iotDataClient } from '../adapters/aws/clients/iot-data.ts';
import { s3Client, s3ClientsIn, s3PresigningClient } from '../adapters/aws/clients/s3.ts';
import { kmsClient } from '../adapters/aws/clients/kms.ts';
import { rdsDataClient } from '../adapters/aws/clients/rds-data.ts';
import { secretsManagerClient } from '../adapters/aws/clients/secrets-manager.ts';
import { once } from '../adapters/aws/clients/settings.ts';
import { sqsClient } from '../adapters/aws/clients/sqs.ts';
import type { DataApiClient } from '../adapters/aws/data-api-client.ts';
import { iotBroker } from '../adapters/aws/iot-broker.ts';
import { provisionerClient } from '../adapters/aws/iot-provisioner-client.ts';
import { kmsCipher } from '../adapters/aws/kms-cipher.ts';
import { kmsSigner } from '../adapters/aws/kms-signer.ts';
import { observeCalls } from '../adapters/aws/observed-calls.ts';
import { regionWatch } from '../adapters/aws/region-watch.ts';
import { replicatedStates } from '../adapters/aws/replicated-states.ts';
import { s3Objects } from '../adapters/aws/s3-objects.ts';
import { s3Presigner } from '../adapters/aws/s3-presigner.ts';
import { schedulerMarker } from '../adapters/aws/scheduler-marker.ts';
import { secrets as awsSecrets, type Secrets } from '../adapters/aws/secrets.ts';
import { sqsMessages } from '../adapters/aws/sqs-messages.ts';
import { sqsSender, type Outcome } from '../adapters/aws/sqs-sender.ts';
import { ssmMode, type Mode } from '../adapters/aws/ssm-mode.ts';
import { localWakeups } from '../adapters/system/local-wakeups.ts';
import { guardedHttp } from '../adapters/http/guarded-http.ts';
import { readProxy } from '../adapters/http/proxy.ts';
import { opaPolicyEngine } from '../adapters/policy/opa-policy-engine.ts';
import { kyselyDatabase } from '../adapters/sql/kysely-database.ts';
import { outbox } from '../adapters/sql/outbox.ts';
import { listRetiredKeys } from '../adapters/sql/signing-keys-store.ts';
import { credentialsSecret, type CredentialsSource } from '../adapters/vcs/git-credentials.ts';
import { httpGitVcs } from '../adapters/vcs/http-git-vcs.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { ObjectStore } from '../core/ports/object-store.ts';
import type { Ports } from '../core/ports/ports.ts';
import type { Settings } from '../core/ports/settings.ts';
import { FUNCTIONS } from '../core/shared/functions.ts';
import type { Scheduler } from '../edge/drain/scheduler.ts';
import { admission, admitted, type Admission } from './admission.ts';
import { awsBase, type AwsBase, type BaseOptions, type Environment } from './aws-base.ts';
import type { AwsConfig } from './aws-config.ts';
import { functionLicense } from './aws-license.ts';
import { openAwsDatabase } from './aws-database.ts';
import { messageTrace } from './aws-telemetry.ts';
import { isLoopback } from './environment.ts';
import { hurriedPolicyEngine, POLICY_RESERVE_MS } from './hurried-policy-engine.ts';
import { hopsSoFar, typeInHand } from './invocation.ts';
import { sqsConsumer, type SqsConsumer } from './sqs-consumer.ts';
import { VERSION } from './version.ts';

const DEFAULT_RUNNER_IMAGE = 'public.ecr.aws/spacelift/runner-terraform:latest';
/** Each upload of log lines is a request and an object, which cost. */
const LOG_INTERVAL_MS = 2_000;
/** The port that networks let out, where the protocol is told from others by its name; an operator's own broker address may say another. */
const MQTT_PORT = 443;
const MQTT_ALPN = 'x-amzn-mqtt-ca';
/** The only folder that a function may write to; a container keeps it between calls. */
const GIT_FOLDER = join(tmpdir(), 'windlass-git');
const GIT_PATIENCE_MS = 60_000;
/** Kept for saying that a repository did not answer. */
const GIT_RESERVE_MS = 2_000;
/** Kept for saying that a certificate could not be made. */
const CERTIFICATE_RESERVE_MS = 2_000;
const POLICY_ENGINE = '/opt/policy-engine';

/** One function's whole product. */
export interface AwsApp extends AwsBase {
  readonly ports: Ports;
  readonly mode: Mode;
  readonly admission: Admission;
  readonly secrets: Secrets;
  /** Whether this region is the one that serves. */
  readonly isActive: () => Promise<boolean>;
  readonly scheduler: Scheduler;
  readonly consumer: SqsConsumer;
  /** Whether an ordered message must wait for another of its group, which the sweep sends with it. */
  readonly isBehind: (messageId: string) => Promise<boolean>;
  /** Sends what was announced and records what became of the messages in hand: before the function is frozen. Never throws. */
  finish(outcome?: Outcome): Promise<void>;
}

/** Composes the product over AWS. Nothing is called yet: clients, keys and secrets come with the first need. */
export function composeAws(environment: Environment, options: BaseOptions = {}): AwsApp {
  const base = awsBase(environment, options);
  const { config, clock, ids } = base;
  const drains = FUNCTIONS[config.functionName].consumes.length > 0;
  const seen = <C>(service: string, client: () => C): (() => C) => once(() => observeCalls(client(), service, base.telemetry));
  const [kms, s3, sqs] = [seen('KMS', kmsClient), seen('S3', s3Client), seen('SQS', sqsClient)];
  const secrets = awsSecrets({ client: seen('SecretsManager', secretsManagerClient), clock });
  const marker = schedulerMarker({ environment, bucket: bucketOf(config, 'metadata'), clock, tracing: base.telemetry });
  const parameterMode = (parameter: string, offWord: string): Mode =>
    ssmMode({ environment, parameter, offWord, clock, telemetry: base.telemetry, tracing: base.telemetry });
  const never: Mode = { isOff: async () => false };
  const mode = config.modeParameter === null ? never : parameterMode(config.modeParameter, 'off');
  const admits = admission(mode);
  const kysely = openAwsDatabase(base, { client: seen('RDSData', rdsDataClient) as () => DataApiClient, secrets, marker, admission: admits });
  const db = kyselyDatabase(kysely, base.telemetry);
  const stored = s3Objects({ client: s3, presigner: once(() => s3Presigner({ client: s3PresigningClient(), clock })), buckets: config.buckets });
  const objects = withCopies(stored, config, clock);
  const send = sqsMessages({ client: sqs, urls: config.queues, objects });
  const trace = () => messageTrace(base.telemetry);
  const sender = sqsSender({ sql: db.sql, clock, send, telemetry: base.telemetry, hops: hopsSoFar, typeInHand, trace });
  const settings = settingsOf(config);
  const proxy = readProxy(environment);
  const ports = admitted<Ports>({
    db,
    queue: outbox({ clock, ids }, () => sender.flush()),
    objects,
    // The number of the AWS account: the account's name here may change, and what it is bound to could then not be read again.
    cipher: kmsCipher({ client: kms, keyId: config.encryptionKeyId ?? '', account: config.accountId }),
    signer: kmsSigner({
      client: kms, keyId: config.signingKeyId ?? '', issuer: settings.baseUrl, clock, ids,
      retired: async (since) => (await listRetiredKeys(db.sql, since)).map(({ publicKey }) => publicKey),
    }),
    broker: iotBroker({ client: seen('IoTDataPlane', iotDataClient), namespace: settings.broker.namespace, telemetry: base.telemetry }),
    certificates: provisionerClient({
      environment, functionName: config.iotProvisionerFunction ?? '', objects, clock, telemetry: base.telemetry, tracing: base.telemetry,
      hasSecondaryRegion: config.secondaryRegion !== null,
      remainingMs: () => base.invocations.remainingMs(CERTIFICATE_RESERVE_MS),
    }),
    clock,
    ids,
    wakeups: localWakeups(),
    vcs: httpGitVcs({
      folder: GIT_FOLDER, allowLocal: settings.allowLocalRepositories, proxy,
      credentials: gitCredentials(config, secrets), withoutCredentials: `the function ${config.functionName} has none`,
      timeoutMs: () => Math.min(GIT_PATIENCE_MS, base.invocations.remainingMs(GIT_RESERVE_MS)),
    }),
    http: guardedHttp({ admitted: config.outbound, proxy }),
    policyEngine: hurriedPolicyEngine(
      opaPolicyEngine({ command: FUNCTIONS[config.functionName].policyEngine && existsSync(POLICY_ENGINE) ? POLICY_ENGINE : undefined, memoryMib: config.functionName === 'drain-policies' ? 2048 : 512, maxInputMib: 32 }),
      () => base.invocations.remainingMs(POLICY_RESERVE_MS),
    ),
    license: functionLicense({ config, secrets, clock, objects }),
    telemetry: base.telemetry,
    settings,
  }, admits);
  // The mark that a switch-over moves lies beside the mode; an installation of one region has none.
  const standby = config.modeParameter === null ? never : parameterMode(config.modeParameter.replace(/mode$/, 'active'), 'false');
  return {
    ...base,
    ports,
    secrets,
    mode,
    admission: admits,
    isActive: async () => !(await mode.isOff()) && !(await standby.isOff()),
    scheduler: {
      marker,
      resend: () => sender.resend(),
      ...(config.secondaryRegion === null || config.modeParameter === null ? {} : {
        gaveWay: regionWatch({
          environment, region: config.region, bucket: bucketOf(config, 'states'), modeParameter: config.modeParameter,
          telemetry: base.telemetry, tracing: base.telemetry,
        }),
      }),
    },
    consumer: sqsConsumer({ client: sqs, urls: config.queues }),
    isBehind: (messageId) => sender.isBehind(messageId),
    async finish(outcome = {}) {
      try {
        await (drains ? sender.finish(outcome) : sender.flushed());
      } catch (error) {
        // What was handled will be handled once more, and what was announced is sent by the sweep.
        base.telemetry.log('warn', 'the outcome of a call could not be recorded', { error });
      }
      await base.telemetry.flush();
    },
  };
}

/** Where there is a second region, states that have not been copied yet are read in it. */
function withCopies(objects: ObjectStore, { secondaryRegion, statesReplica }: AwsConfig, clock: Clock): ObjectStore {
  if (secondaryRegion === null || statesReplica === null) return objects;
  const { client, presigning } = s3ClientsIn(secondaryRegion);
  const presigner = once(() => s3Presigner({ client: presigning(), clock }));
  return replicatedStates(objects, once(() => s3Objects({ client, presigner, buckets: { states: statesReplica } })));
}

function settingsOf(config: AwsConfig): Settings {
  const host = config.serverDomain.replace(/:\d+$/, '');
  const local = isLoopback(host);
  const [endpoint = '', port] = (config.broker?.endpoint ?? '').split(':');
  return {
    accountName: config.accountName,
    baseUrl: `${local ? 'http' : 'https'}://${config.serverDomain}`,
    version: VERSION,
    allowLocalRepositories: local,
    terraformAllowedVersions: config.terraformAllowedVersions,
    usageEndpoint: config.usageEndpoint,
    policyLimits: config.policyLimits,
    toolLists: config.toolLists,
    broker: { type: 'iotcore', endpoint, port: port === undefined ? MQTT_PORT : Number(port), tls: true, alpn: MQTT_ALPN, namespace: config.broker?.namespace ?? '', ca: null },
    logIntervalMs: LOG_INTERVAL_MS,
    // Those of NODE_EXTRA_CA_CERTS.
    rootCertificates: getCACertificates('extra'),
    defaultRunnerImage: DEFAULT_RUNNER_IMAGE,
  };
}

/** Credentials for git hosts, of those functions that read repositories. */
function gitCredentials({ secrets: { git: arn } }: AwsConfig, secrets: Secrets): CredentialsSource | undefined {
  if (arn === null) return undefined;
  const name = arn.replace(/^.*:secret:/, '').replace(/-[A-Za-z0-9]{6}$/, '');
  return credentialsSecret(name, () => secrets.text(arn));
}

function bucketOf(config: AwsConfig, name: keyof AwsConfig['buckets']): string {
  const bucket = config.buckets[name];
  if (bucket === undefined) throw new Error(`the function ${config.functionName} has no bucket ${name}`);
  return bucket;
}
