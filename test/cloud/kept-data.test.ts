import { createHash } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { DescribeCertificateCommand, ListPoliciesCommand, ListTargetsForPolicyCommand } from '@aws-sdk/client-iot';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { expect } from 'expect';
import { signIn, type Api } from '../../lib/demo/api.ts';
import { startLaunchers, type CloudLaunchers } from '../support/cloud-launchers.ts';
import { cloudOperator, type CloudOperator } from '../support/cloud-operator.ts';
import { adminKey, makePool } from '../support/cloud-platform.ts';
import { startCloud, type Cloud } from '../support/cloud.ts';
import type { TestStack } from '../support/platform.ts';
import { stacksOver } from '../support/platform-stacks.ts';
import { needsMoto, needsNamespaces, needsPostgres, needsTerraform } from '../support/requirements.ts';
import { scratchFolder } from '../support/scratch.ts';
import { serveRepositories, type ServedRepositories } from '../support/served-repositories.ts';

const SECRET = 'kept under the key';
const DIGEST = createHash('sha256').update(SECRET).digest('hex');
const main = (input: string) => `
variable "password" {
  type      = string
  sensitive = true
}
resource "terraform_data" "kept" {
  input = "${input}"
}
output "digest" {
  value = nonsensitive(sha256(var.password))
}
`;
const KEPT = ['platform-kms', 'platform-storage', 'platform-network', 'platform-database'];
const WITHIN_MS = 150_000;

const NEEDS = { ...needsMoto, ...needsPostgres, ...needsNamespaces, ...needsTerraform };

describe('an installation that is taken away and made again', { ...NEEDS, timeout: 900_000 }, () => {
  let cloud: Cloud;
  let operator: CloudOperator;
  let repositories: ServedRepositories;
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let api: Api;
  let pool: Awaited<ReturnType<typeof makePool>>;
  let launchers: CloudLaunchers | undefined;
  let stack: TestStack;
  /** The state, the commit whose run waited for a worker, the worker pool's certificate: before the installation went. */
  let stateBefore: string;
  let waiting: string;
  let certificateId: string;

  before(async () => {
    [repositories, cloud, folder] = await Promise.all([serveRepositories(), startCloud(), scratchFolder('kept')]);
    await chmod(folder.path, 0o711);
    operator = await cloudOperator(cloud);
  });
  after(async () => {
    await launchers?.stop();
    operator?.close();
    const refused = cloud?.refusals() ?? [];
    await cloud?.stop();
    await repositories?.close();
    await folder?.remove();
    expect(refused).toEqual([]);
  });

  const work = async (): Promise<void> => {
    const { token, privateKeyPem } = pool;
    launchers = await startLaunchers({ folder: folder.path, count: 1, token, privateKeyPem, brokerCa: cloud.access.brokerCa });
  };
  const state = async (): Promise<string> => {
    const document = 'mutation ($input: StateDownloadUrlInput!) { stateDownloadUrl(input: $input) { url } }';
    const { stateDownloadUrl } = await api.query<{ stateDownloadUrl: { url: string } }>(document, { input: { stackId: stack.id } });
    return (await fetch(stateDownloadUrl.url)).text();
  };
  const policies = async () => (await cloud.clients.iot.send(new ListPoliciesCommand({}))).policies?.map(({ policyName }) => policyName) ?? [];
  const noted = async (name: string) =>
    cloud.clients.ssm.send(new GetParameterCommand({ Name: `/platform/${name}` })).then(({ Parameter }) => Parameter?.Value, () => undefined);

  it('has a worker, a state, a secret, and a run that waits for its worker', async () => {
    expect(await operator.run('install', ['--yes'])).toMatchObject({ code: 0, said: expect.not.stringContaining('taking over') });
    const key = await adminKey(cloud);
    api = await signIn(cloud.url, key, 'other');
    pool = await makePool(api, 'private');
    await work();
    const live = await signIn(cloud.url, key);
    const always = { workerPool: pool.id, autodeploy: true };
    const addressOf = (path: string) => repositories.addressOf(path);
    const stacks = stacksOver({ folder: folder.path, live: () => live, api: () => api, always, withinMs: WITHIN_MS, addressOf });
    const vendorConfig = { terraform: { workflowTool: 'TERRAFORM_FOSS', externalStateAccessEnabled: true } };
    stack = await stacks('kept', { 'main.tf': main('one') }, { vendorConfig });
    await stack.setVariable('TF_VAR_password', SECRET, { writeOnly: true });

    const run = await stack.run();

    expect([run.state, run.note]).toEqual(['FINISHED', null]);
    expect(run.lines.join('\n')).toContain(DIGEST);
    stateBefore = await state();
    expect(stateBefore).toContain('"one"');
    await launchers?.stop();
    waiting = await stack.push({ 'main.tf': main('two') });
    await cloud.quiet();
    const { runs } = await stack.query<{ runs: readonly { state: string; commit: { hash: string } }[] }>('runs { state commit { hash } }');
    expect(runs.find(({ commit }) => commit.hash === waiting)?.state).toMatch(/^(QUEUED|READY)$/);
  });

  it('leaves keys, objects, database, secrets and the worker pool\'s certificate, and nothing that serves', async () => {
    const [policyName = ''] = await policies();
    const { targets: [target = ''] = [] } = await cloud.clients.iot.send(new ListTargetsForPolicyCommand({ policyName }));
    certificateId = target.split('/').at(-1) ?? '';
    const buckets = await cloud.clients.s3.send(new ListBucketsCommand({}));

    const outcome = await operator.run('uninstall', ['-f']);

    expect(outcome).toMatchObject({ code: 0, complained: '', said: expect.stringContaining('kept: kms, storage, network, database, 1 worker pools') });
    expect(cloud.stacks()).toEqual(KEPT);
    const { functions, mappings, routes, rules, topicRules } = cloud.parts;
    expect([functions.size, mappings.length, routes.length, rules.length, topicRules.length]).toEqual([0, 0, 0, 0, 0]);
    expect((await cloud.clients.sqs.send(new ListQueuesCommand({}))).QueueUrls ?? []).toEqual([]);
    await expect(fetch(`${cloud.url}/health`)).rejects.toThrow();
    expect((await cloud.clients.s3.send(new ListBucketsCommand({}))).Buckets).toEqual(buckets.Buckets);
    const { certificateDescription } = await cloud.clients.iot.send(new DescribeCertificateCommand({ certificateId }));
    expect([certificateDescription?.status, await policies()]).toEqual(['ACTIVE', [policyName]]);
    expect(JSON.parse((await noted('retained')) ?? '{}')).toMatchObject({ stacks: ['kms', 'storage', 'network', 'database'], iotPolicies: [policyName] });
    expect([await noted('storage/bucket-states'), await noted('messaging/queue-async')]).toEqual([expect.stringContaining('platform-states-'), undefined]);
  });

  it('is made again with the same file, over what was kept', async () => {
    const outcome = await operator.run('install', ['--yes']);

    const words = /taking over what the uninstallation of .* kept: kms, storage, network, database, 1 worker pools/;
    expect(outcome).toMatchObject({ code: 0, complained: '', said: expect.stringMatching(words) });
    expect(outcome.said).not.toContain('secrets written');
    expect(cloud.stacks()).toEqual(expect.arrayContaining([...KEPT, 'platform-messaging', 'platform-api', 'platform-drain']));
    expect(await noted('retained')).toBeUndefined();
    expect((await fetch(`${cloud.url}/health`)).status).toBe(200);
  });

  it('reads the same state for the same session, and sends the run that waited to a worker with the old token', async () => {
    expect(await state()).toBe(stateBefore);
    await work();

    const run = await stack.runOf(waiting);

    expect([run.state, run.note]).toEqual(['FINISHED', null]);
    // The secret was read with the same key.
    expect(run.lines.join('\n')).toContain(DIGEST);
    const [old, now] = [stateBefore, await state()].map((text) => JSON.parse(text) as { readonly lineage: string; readonly serial: number });
    expect(now).toMatchObject({ lineage: old?.lineage });
    expect(now?.serial).toBeGreaterThan(old?.serial ?? Infinity);
  });

  it('plans a run for that worker from a push', async () => {
    const run = await stack.runOf(await stack.push({ 'main.tf': main('three') }));

    expect([run.state, run.note]).toEqual(['FINISHED', null]);
    expect(await state()).toContain('"three"');
  });
});
