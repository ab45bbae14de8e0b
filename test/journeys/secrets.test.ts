// What is secret goes into runs and comes out of them in every disguise we know, and is then looked for everywhere it must not be.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { buildSchema } from 'graphql';
import { schemaText } from '../../lib/edge/graphql/schema-text.ts';
import { seenIn } from '../support/canary.ts';
import { gitServer, testRepository, type GitServer, type TestRepository } from '../support/git.ts';
import type { FollowedRun, Platform, TestStack } from '../support/platform.ts';
import { PLATFORMS } from '../support/platforms.ts';
import { everythingOf } from '../support/select-everything.ts';
import { needsTerraform } from '../support/requirements.ts';
import { serverCertificate } from '../support/server-certificate.ts';

const SECRETS = {
  variable: 'Zx7/kept+quiet&"99%"~tail',
  context: 'context-held-5Rt+/==',
  fileLine1: 'first-line-of-the-file-7Yq',
  fileLine2: 'second-line-of-the-file-8Wm',
  masked: 'masked-by-command-3Kd',
  exported: 'exported-by-a-hook-6Gh',
  git: 'gIt-pa55word-Qw9',
  outside: 'of-the-machine-itself-1Jk',
};

/** Everything that a careless configuration does with a value. */
const MAIN = `variable "password" {}
variable "shared" {}

resource "terraform_data" "plain" {
  input = { password = var.password, nested = [{ deep = "prefix \${var.password} suffix" }], shared = var.shared }
}

resource "terraform_data" "encoded" {
  input = [base64encode(var.password), base64encode("a\${var.password}"), urlencode(var.password), jsonencode({ p = var.password })]
}

resource "terraform_data" "printed" {
  triggers_replace = var.password
  provisioner "local-exec" {
    command = "printf 'provisioner: %s\\n' \\"$SECRET\\"; printf 'to stderr: %s\\n' \\"$SECRET\\" >&2"
    environment = { SECRET = var.password }
  }
}

output "marked" {
  value     = var.password
  sensitive = true
}

output "unmarked" {
  value = terraform_data.plain.output
}

output "harmless" {
  value = "as it is"
}
`;

const filler = (bytes: number, letter: string) => `head -c ${bytes} /dev/zero | tr '\\0' ${letter}`;
const P = '"$TF_VAR_password"';

const HOOKS = {
  beforeInit: [
    `printf 'plain: %s\\n' ${P}`,
    // In pieces: several writes, far enough apart to be read one by one.
    `head=$(printf %s ${P} | cut -c1-9); tail=$(printf %s ${P} | cut -c10-); printf 'pieces: %s' "$head"; sleep 0.3; printf '%s\\n' "$tail"`,
    `printf %s ${P} | sed 's/./&\\n/g' | while IFS= read -r letter; do printf %s "$letter"; sleep 0.01; done; echo`,
  ],
  beforePlan: [
    `printf %s ${P} | base64 -w0; echo; printf 'x%s' ${P} | base64 -w0; echo; printf 'xx%sxx' ${P} | base64; printf %s ${P} | base64 -w0 | tr '+/' '-_'; echo`,
    // Over the borders of lines and chunks.
    `${filler(65_520, 'x')}; printf %s ${P}; ${filler(200_000, 'y')}; echo`,
    `for size in 16350 16360 16370 16380 16384; do head -c $size /dev/zero | tr '\\0' z; printf %s ${P}; echo; done`,
    'cat ../secret.txt; base64 -w0 < ../secret.txt; echo',
    'a=masked-by; echo "::add-mask $a-command-3Kd"; echo "now hidden: $a-command-3Kd"; printf "%s" "$a-command-3Kd" | base64',
    'b=exported-by; export LATER="$b-a-hook-6Gh"; echo "::add-mask $LATER"; env | sort',
  ],
  afterPlan: ['echo "kept for later: $LATER"', 'grep -r . .git/config; terraform show -json spacelift.plan; cat ../spacelift.plan.json'],
  afterApply: ['terraform state pull; terraform output -json', 'env; echo "from the context: $TF_VAR_shared"'],
  afterRun: [`printf 'last words: %s\\n' ${P}`],
};

for (const on of PLATFORMS) describe(`secrets (${on.name})`, { ...needsTerraform, ...on.needs, timeout: on.within(240_000) }, () => {
  let platform: Platform;
  let host: GitServer;
  let repository: TestRepository;
  const runs: { stack: TestStack; run: FollowedRun }[] = [];
  const followed = (stack: TestStack, run: FollowedRun): FollowedRun => {
    runs.push({ stack, run });
    return run;
  };

  before(async () => {
    // A private repository behind a certificate authority of its own, as companies have it.
    const tls = await serverCertificate('127.0.0.1');
    host = await gitServer({ credentials: { username: 'robin', password: SECRETS.git }, tls });
    repository = await testRepository({ name: 'private', allowAnyCommit: true });
    const authority = join(repository.folder, '..', 'authority.pem');
    await writeFile(authority, tls.cert);
    await repository.commit({ 'main.tf': MAIN });
    const credentials = join(repository.folder, '..', 'git-credentials');
    await writeFile(credentials, JSON.stringify({ [new URL(host.url(repository)).origin]: { username: 'robin', password: SECRETS.git } }), { mode: 0o600 });
    platform = await on.start({ GIT_CREDENTIALS_FILE: credentials, GIT_SSL_CAINFO: authority });
  });
  after(async () => {
    await platform.stop();
    await host.close();
    await repository.remove();
  });

  /** A stack with every secret, which its hooks do their best to tell. */
  async function gossip(name: string, input: Readonly<Record<string, unknown>> = {}): Promise<TestStack> {
    const stack = await platform.stack(name, { 'main.tf': MAIN }, { ...HOOKS, autodeploy: true, ...input });
    await stack.setVariable('TF_VAR_password', SECRETS.variable, { writeOnly: true });
    const file = { id: 'secret.txt', type: 'FILE_MOUNT', value: Buffer.from(`${SECRETS.fileLine1}\n${SECRETS.fileLine2}\n`).toString('base64'), writeOnly: true };
    await platform.api.query('mutation ($stack: ID!, $config: ConfigInput!) { stackConfigAdd(stack: $stack, config: $config) { id } }', { stack: stack.id, config: file });
    const attachments = [{ id: 'TF_VAR_shared', type: 'ENVIRONMENT_VARIABLE', value: SECRETS.context, writeOnly: true }];
    await platform.api.query('mutation ($input: ContextInput!) { contextCreateV2(input: $input) { id } }', { input: { name: `of ${name}`, configAttachments: attachments, stackAttachments: [{ stack: stack.id, priority: 0 }] } });
    return stack;
  }

  const linesOf = (run: FollowedRun) => run.lines.join('\n');

  it('are masked in a run that applies, however they are printed', async () => {
    const stack = await gossip('gossip');

    const run = followed(stack, await stack.run());

    expect(run.state).toBe('FINISHED');
    const text = linesOf(run);
    for (const words of ['plain: *****', 'pieces: *****', 'now hidden: *****', 'kept for later: *****', 'from the context: *****', 'last words: *****', 'provisioner: *****', 'to stderr: *****']) expect(text).toContain(words);
    expect(text).not.toContain('::add-mask');
    expect(text.match(/x{60000,}|x{10000,}/)).not.toBeNull();
    expect(seenIn(text, SECRETS)).toEqual([]);
  });

  it('are masked with smart sanitization as well, where only some values are hidden', async () => {
    const stack = await gossip('smart', { vendorConfig: { terraform: { useSmartSanitization: true } } });

    const run = followed(stack, await stack.run());

    expect(run.state).toBe('FINISHED');
    expect(seenIn(linesOf(run), SECRETS)).toEqual([]);
  });

  it('are masked across a wait for confirmation, and what a hook exported stays secret', async () => {
    const stack = await gossip('paused', { autodeploy: false });
    const planned = followed(stack, await stack.run());
    expect(planned.state).toBe('UNCONFIRMED');

    const applied = followed(stack, await stack.apply(planned));

    expect(applied.state).toBe('FINISHED');
    expect(seenIn(linesOf(planned) + linesOf(applied), SECRETS)).toEqual([]);
  });

  it('are masked in what a failing tool says, and in notes', async () => {
    const stack = await gossip('failing');
    const failing = MAIN.replace('resource "terraform_data" "encoded" {', 'resource "terraform_data" "encoded" {\n  lifecycle {\n    precondition {\n      condition     = var.password == "open sesame"\n      error_message = "the password is ${var.password}"\n    }\n  }');

    const run = followed(stack, await stack.runOf(await stack.push({ 'main.tf': failing })));

    expect(run.state).toBe('FAILED');
    expect(linesOf(run)).toContain('the password is *****');
    expect(seenIn(linesOf(run) + run.note, SECRETS)).toEqual([]);
  });

  it('are masked in tasks, and so are the tokens of the platform itself', async () => {
    const stack = await gossip('gossip-in-a-task');

    const run = followed(stack, await stack.task('env; cat ../spacelift.oidc; echo; terraform show; terraform state pull'));

    const text = linesOf(run);
    expect(text).toContain('SPACELIFT_API_TOKEN=*****');
    expect(text).toContain('SPACELIFT_OIDC_TOKEN=*****');
    expect(text).toContain('TF_HTTP_PASSWORD=*****');
    expect(text).not.toMatch(/eyJ[\w-]{10,}\.eyJ/);
    expect(seenIn(text, SECRETS)).toEqual([]);
  });

  it('of the machine are not read for a step that puts a link where its plan should be', async () => {
    const outside = join(platform.folder, 'outside.json');
    await writeFile(outside, JSON.stringify({ format_version: '1.2', terraform_version: SECRETS.outside }), { mode: 0o600 });
    const stack = await platform.stack('link', { 'main.tf': 'output "a" {\n  value = 1\n}\n' }, { afterPlan: [`ln -sf '${outside}' ../spacelift.plan.json`] });

    const run = followed(stack, await stack.run());
    await rm(outside);

    expect(run).toMatchObject({ state: 'FAILED', note: 'the plan as JSON was replaced: spacelift.plan.json is no regular file' });
  });

  // Of the hosts of a machine; an installation in the cloud has no file of them.
  it('of a repository host reach git alone', on.name === 'embedded' ? {} : { skip: 'the file of credentials is the machine\'s' }, async () => {
    const stack = await gossip('private', { repositoryURL: host.url(repository), beforeInit: ['cat .git/config; env | sort; git config --list; git fetch origin main || true'] });

    const run = followed(stack, await stack.run());

    expect(run.state).toBe('FINISHED');
    expect(host.requests.some(({ authorized }) => authorized)).toBe(true);
    expect(seenIn(linesOf(run), SECRETS)).toEqual([]);
  });

  it('an output that holds one is treated as sensitive, marked or not; others are shown', async () => {
    for (const { stack } of runs.slice(0, 2)) {
      const { outputs } = await stack.query<{ outputs: { id: string; sensitive: boolean; value: string | null }[] }>('outputs { id sensitive value }');
      expect(outputs).toEqual([
        { id: 'harmless', sensitive: false, value: '"as it is"' },
        { id: 'marked', sensitive: true, value: null },
        { id: 'unmarked', sensitive: true, value: null },
      ]);
    }
  });

  it('are in no answer of the API', async () => {
    const schema = buildSchema(schemaText);
    const everything = everythingOf(schema, 'Stack', 3);
    for (const { stack, run } of runs) {
      const whole = await platform.api.query(`query ($id: ID!, $run: ID!) { stack(id: $id) ${everything} of: stack(id: $id) { run(id: $run) ${everythingOf(schema, 'Run', 3)} changes: run(id: $run) { changesV3(input: {}) { resources { address previousAddress metadata { type } } } } } }`, { id: stack.id, run: run.id });
      expect(seenIn(JSON.stringify(whole), { ...SECRETS, apiKey: platform.server.apiKey.secret })).toEqual([]);
    }
    const lists = await platform.api.query(`{ contexts ${everythingOf(schema, 'Context', 3)} searchRuns(input: {}) { edges { node { run ${everythingOf(schema, 'Run', 2)} } } } }`);
    expect(seenIn(JSON.stringify(lists), SECRETS)).toEqual([]);
  });

  it('are in no file of the platform but keys, in no object, and in no log of servers or workers', async () => {
    // What is no secret is found: the words of a service's log, and of a run's.
    const known = { event: 'run stepped', words: 'last words: ' };
    const seen = await platform.seenInKept({ ...SECRETS, apiKey: platform.server.apiKey.secret, ...known });

    const isKnown = (find: string) => Object.keys(known).some((name) => find.includes(`: ${name} as `));
    expect(seen.filter((find) => !isKnown(find))).toEqual([]);
    for (const name of Object.keys(known)) expect(seen).toContainEqual(expect.stringContaining(`: ${name} as `));
  });

  it('are in no table of the database', async () => {
    const { tables, seen } = await platform.seenInTables({ ...SECRETS, apiKey: platform.server.apiKey.secret, nothingSecret: 'smart' });

    expect(tables).toBeGreaterThan(20);
    expect(seen.filter((find) => !find.includes('nothingSecret'))).toEqual([]);
    expect(seen.length).toBeGreaterThan(0);
  });
});
