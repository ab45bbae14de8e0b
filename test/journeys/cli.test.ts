// The public command line against a running server: every command that works, in the order a person might use them.
import { after, before, describe, it } from 'node:test';
import { createGzip } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import { expect } from 'expect';
import { pack } from 'tar-stream';
import { goTransport } from '../support/clients/go-transport.ts';
import { spacectl } from '../support/clients/spacectl.ts';
import { testRepository, type TestRepository } from '../support/git.ts';
import type { Platform } from '../support/platform.ts';
import { PLATFORMS } from '../support/platforms.ts';
import { needsTerraform } from '../support/requirements.ts';

const MAIN = `
variable "greeting" {
  default = "hello"
}

resource "terraform_data" "greeting" {
  input = var.greeting
}

output "greeting" {
  value = terraform_data.greeting.output
}

output "secret" {
  value     = "do not show"
  sensitive = true
}
`;

/** Without colours. */
const plain = (text: string) => text.replace(/\x1b\[[0-9;]*m/g, '');

async function archiveOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, text] of Object.entries(files)) archive.entry({ name }, text);
  archive.finalize();
  return buffer(archive.pipe(createGzip()));
}

for (const on of PLATFORMS) describe(`the public command line (${on.name})`, { ...needsTerraform, ...on.needs, timeout: on.within(180_000) }, () => {
  let platform: Platform;
  let server: Platform['server'];
  let repository: TestRepository;
  let cli: ReturnType<typeof spacectl>;

  before(async () => {
    [platform, repository] = await Promise.all([on.start(), testRepository({ name: 'network' })]);
    server = platform.server;
    await repository.commit({ 'main.tf': MAIN }, { message: 'Say hello' });
    cli = spacectl({ endpoint: server.url, apiKey: server.apiKey });
  });
  after(async () => {
    await platform.stop();
    await repository.remove();
  });

  /** A request that the command line has no command for. */
  async function graphql(query: string, variables: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    const send = async (text: string, values: Readonly<Record<string, unknown>>, token?: string) => {
      const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
      const { body } = await goTransport({ method: 'POST', url: `${server.url}/graphql`, headers, body: Buffer.from(JSON.stringify({ query: text, variables: values })) });
      const { data, errors } = JSON.parse(body.toString()) as { readonly data: Readonly<Record<string, unknown>>; readonly errors?: readonly { readonly message: string }[] };
      if (errors !== undefined) throw new Error(errors.map(({ message }) => message).join('; '));
      return data;
    };
    const { apiKeyUser } = (await send('mutation ($id: ID!, $secret: String!) { apiKeyUser(id: $id, secret: $secret) { jwt } }', server.apiKey)) as { readonly apiKeyUser: { readonly jwt: string } };
    return send(query, variables, apiKeyUser.jwt);
  }

  it('signs in, and knows who it is', async () => {
    await cli.login();

    expect((await cli.whoami()).result).toMatchObject({ id: expect.stringMatching(/^api::/) });
  });

  it('sees the stack that was made for the repository', async () => {
    const input = {
      name: 'Network', administrative: false, branch: 'main', repository: 'network', provider: 'GIT', repositoryURL: platform.addressOf(repository), localPreviewEnabled: true,
      vendorConfig: { terraform: { externalStateAccessEnabled: true } }, ...platform.always,
    };
    await graphql('mutation ($input: StackInput!) { stackCreate(input: $input, manageState: true) { id } }', { input });

    expect((await cli.stackList()).result.map(({ id }) => id)).toContain('network');
    expect((await cli.stackShow('network')).result).toMatchObject({ name: 'Network', state: 'NONE', localPreviewEnabled: true });
  });

  it('deploys, shows the logs as they are printed, and confirms by itself', async () => {
    const printed: string[] = [];

    const { result, output: coloured, sent } = await cli.stackDeploy('network', { tail: true, autoConfirm: true, onOutput: (text) => printed.push(plain(text)) });

    const output = plain(coloured);
    expect(output).toContain('Terraform has been successfully initialized');
    expect(output).toContain('# terraform_data.greeting will be created');
    expect(output).toContain('Apply complete! Resources: 1 added, 0 changed, 0 destroyed.');
    expect(output).not.toContain('do not show');
    expect(result.final).toBe('FINISHED');
    expect(sent.map(({ operation }) => operation)).toEqual(expect.arrayContaining(['run trigger, no force', 'run history', 'run logs', 'run confirm']));
    // Lines come while the run goes on, not all at its end.
    const applied = printed.findIndex((text) => text.includes('APPLYING'));
    const planned = printed.findIndex((text) => text.includes('will be created'));
    expect(planned).toBeGreaterThan(0);
    expect(planned).toBeLessThan(applied);
  });

  it('shows outputs, resources and the state that the run left', async () => {
    expect(await cli.stackOutputs('network')).toEqual([
      { id: 'greeting', description: null, sensitive: false, value: '"hello"' },
      { id: 'secret', description: null, sensitive: true, value: null },
    ]);
    expect((await cli.stackResources('network')).map(({ address }) => address)).toEqual(expect.arrayContaining(['terraform_data.greeting']));
    expect(JSON.parse((await cli.statePull('network')).result)).toMatchObject({ version: 4, outputs: { greeting: { value: 'hello' } }, resources: [{ type: 'terraform_data', name: 'greeting' }] });
    expect((await cli.stackShow('network')).result).toMatchObject({ state: 'FINISHED' });
  });

  it('sets a variable, sees the next run wait for it, and confirms from another terminal', async () => {
    await cli.environmentSetvar('network', 'TF_VAR_greeting', 'good morning');
    expect((await cli.environmentList('network')).runtimeConfig).toContainEqual({ context: null, element: expect.objectContaining({ id: 'TF_VAR_greeting', value: 'good morning' }) });
    const { result } = await cli.stackDeploy('network');
    let follower: Promise<{ readonly result: string | undefined; readonly output: string }> | undefined;
    const unconfirmed = new Promise<void>((resolve) => {
      follower = cli.stackLogs('network', result.runId, (text) => {
        if (text.includes('UNCONFIRMED')) resolve();
      });
    });
    await unconfirmed;
    expect((await cli.runList('network'))[0]).toMatchObject({ id: result.runId, state: 'UNCONFIRMED', triggeredBy: expect.stringMatching(/^api::/) });

    await cli.stackConfirm('network', result.runId);

    expect(await follower).toMatchObject({ result: 'FINISHED', output: expect.stringContaining('Apply complete! Resources: 0 added, 1 changed, 0 destroyed.') });
    expect((await cli.stackOutputs('network'))[0]).toMatchObject({ id: 'greeting', value: '"good morning"' });
  });

  it('discards what is not wanted', async () => {
    await cli.environmentDelete('network', 'TF_VAR_greeting');
    await cli.environmentMount('network', 'source/terraform.tfvars', Buffer.from('greeting = "from a file"\n'));
    const { result } = await cli.stackDeploy('network');
    const following = cli.stackLogs('network', result.runId, (text) => {
      if (text.includes('UNCONFIRMED')) void cli.stackDiscard('network', result.runId);
    });

    const outcome = await following;

    expect(outcome.output).toContain('from a file');
    expect(outcome.result).toBe('DISCARDED');
    await cli.environmentDelete('network', 'source/terraform.tfvars');
  });

  it('runs a task with the state of the stack', async () => {
    const { result, output } = await cli.stackTask('network', 'terraform state list', { tail: true });

    expect(result.final).toBe('FINISHED');
    expect(output).toContain('terraform_data.greeting');
  });

  it('previews a change that exists on this machine only', async () => {
    const archive = await archiveOf({ 'main.tf': MAIN.replace('input = var.greeting', 'input = "only here: ${var.greeting}"') });

    const { result, output } = await cli.stackLocalPreview('network', archive, { environment: { TF_VAR_greeting: 'for once' } });

    expect(result.final).toBe('FINISHED');
    expect(output).toContain('only here: for once');
    expect((await cli.runList('network', { preview: true })).map(({ id }) => id)).toEqual([result.runId]);
  });

  it('locks the stack, which stops others and not its owner', async () => {
    await cli.stackLock('network');
    const { apiKeyCreate } = (await graphql('mutation { apiKeyCreate(input: { name: "other", admin: true }) { id secret } }', {})) as { readonly apiKeyCreate: { readonly id: string; readonly secret: string } };
    const other = spacectl({ endpoint: server.url, apiKey: { id: apiKeyCreate.id, secret: apiKeyCreate.secret } });

    await expect(other.stackDeploy('network')).rejects.toThrow('is locked by');
    await cli.stackUnlock('network');
  });

  it('shows the logs of a run that is over', async () => {
    const [, , latest] = await cli.runList('network');
    if (latest === undefined) throw new Error('three runs were made');

    const { output, result } = await cli.stackLogs('network', latest.id);

    expect(result).toBe('FINISHED');
    expect(output).toContain('Apply complete!');
  });
});
