// Requests that make no sense, ask too much, or come from nobody: the API of a running server answers each in words, and goes on.
import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { expect } from 'expect';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import type { EmbeddedPlatform, Platform, TestStack } from '../support/platform.ts';
import { PLATFORMS } from '../support/platforms.ts';
import { needsTerraform } from '../support/requirements.ts';

interface Reply {
  readonly status: number;
  readonly data: Readonly<Record<string, unknown>> | null | undefined;
  readonly messages: readonly string[];
}

const NOBODY = '01HZX0000000000000000000ZZ';

for (const on of PLATFORMS) describe(`the API, asked wrongly (${on.name})`, { ...needsTerraform, ...on.needs, timeout: on.within(120_000) }, () => {
  let platform: Platform;
  let stack: TestStack;
  let jwt: string;
  before(async () => {
    platform = await on.start({ EMBEDDED_WORKER: 'off' });
    stack = await platform.stack('questioned', { 'main.tf': '' });
    jwt = await signInWith(platform.server.apiKey);
  });
  after(() => platform.stop());

  async function post(body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    const response = await fetch(`${platform.server.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: typeof body === 'string' ? body : new Uint8Array(body) });
    const answer = (await response.json()) as { data?: Reply['data']; errors?: readonly { message: string }[] };
    return { status: response.status, data: answer.data, messages: (answer.errors ?? []).map(({ message }) => message) };
  }

  const ask = (query: string, variables: Readonly<Record<string, unknown>> = {}, token: string | null = jwt) =>
    post(JSON.stringify({ query, variables }), token === null ? {} : { authorization: `Bearer ${token}` });

  async function signInWith(key: { readonly id: string; readonly secret: string }): Promise<string> {
    const { data } = await ask('mutation ($id: ID!, $secret: String!) { apiKeyUser(id: $id, secret: $secret) { jwt } }', key, null);
    return (data as { apiKeyUser: { jwt: string } }).apiKeyUser.jwt;
  }

  /** Refused with HTTP 200, in one message, that does not speak of the session. */
  function refused(reply: Reply, words: RegExp): void {
    expect(reply).toMatchObject({ status: 200, messages: [expect.stringMatching(words)] });
    expect(reply.messages.join()).not.toContain('unauthorized');
  }

  it('a wrong type: names the variable or argument and what it should be', async () => {
    refused(await ask('query ($id: ID!) { stack(id: $id) { id } }', { id: { a: 1 } }), /^Variable "\$id" got invalid value \{ a: 1 \}; ID cannot represent value/);
    refused(await ask('query ($first: Int) { searchStacks(input: { first: $first }) { edges { node { id } } } }', { first: 'ten' }), /^Variable "\$first" got invalid value "ten"; Int cannot represent non-integer value/);
    refused(await ask('query ($id: Int!) { stack(id: $id) { id } }', { id: 1 }), /^Variable "\$id" of type "Int!" used in position expecting type "ID!"/);
    refused(await ask('mutation ($s: ID!) { runTrigger(stack: $s, runType: EVERYTHING) { id } }', { s: 'questioned' }), /Value "EVERYTHING" does not exist in "RunType" enum/);
    refused(await ask('query ($id: ID!) { stack(id: $id) { id } }', {}), /^Variable "\$id" of required type "ID!" was not provided/);
  });

  it('an unknown field, argument, type or operation: names it', async () => {
    refused(await ask('{ stack(id: "questioned") { colour } }'), /^Cannot query field "colour" on type "Stack"/);
    refused(await ask('{ stacks(colour: "red") { id } }'), /^Unknown argument "colour" on field "Query.stacks"/);
    refused(await ask('mutation { stackPaint(id: "questioned") { id } }'), /^Cannot query field "stackPaint" on type "Mutation"/);
    refused(await ask('query ($x: Colour) { stack(id: $x) { id } }'), /^Unknown type "Colour"/);
    refused(await ask('{ stacks { id }'), /^Syntax Error: Expected Name, found <EOF>/);
    refused(await post(JSON.stringify({ query: 'query A { stacks { id } }', operationName: 'B' }), { authorization: `Bearer ${jwt}` }), /Unknown operation named "B"/);
  });

  it('depth 100, however it is written: refused, and the next request is answered', async () => {
    const tooDeep = /^the query is nested too deeply: at most 30 levels of fields are allowed$/;

    refused(await ask(`{ stack(id: "questioned") ${'{ blocker '.repeat(99)} { id } ${'}'.repeat(99)} }`), tooDeep);
    refused(await ask('{ '.repeat(50_000)), tooDeep);
    refused(await ask(`query ($a: ID = ${'['.repeat(50_000)}) { stacks { id } }`), /nested too deeply|too many|Syntax Error/i);
    refused(await ask(`{ ${Array.from({ length: 20_000 }, (_, index) => `a${index}: stacks { id }`).join(' ')} }`), /Document contains more that 20000 tokens/);
    refused(await ask('query { stacks { ...a } } fragment a on Stack { id ...b } fragment b on Stack { ...a }'), /Cannot spread fragment "a" within itself/);

    expect((await ask('{ stacks { id } }')).data).toMatchObject({ stacks: expect.arrayContaining([{ id: 'questioned' }]) });
  });

  it('deep variables: refused or read, and the server lives', async () => {
    const deep = `{"query":"query ($id: ID!) { stack(id: $id) { id } }","variables":{"id":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`;

    expect((await post(deep, { authorization: `Bearer ${jwt}` })).messages).toHaveLength(1);
    expect((await ask('{ stacks { id } }')).status).toBe(200);
  });

  it('a body too large, or none that can be read: said so with a status of its own', async () => {
    expect(await post(JSON.stringify({ query: '{ stacks { id } }', variables: { pad: 'x'.repeat(1024 * 1024) } }))).toMatchObject({ status: 413, messages: ['a request holds at most 1048576 bytes'] });
    expect(await post('{ stacks { id } }')).toMatchObject({ status: 400, messages: ['the request is not JSON'] });
    expect(await post('[{"query":"{ stacks { id } }"}]')).toMatchObject({ status: 400, messages: [expect.stringContaining('a request is a JSON object with "query"')] });
    expect(await post(gzipSync('{"query":"{ stacks { id } }"}'), { 'content-encoding': 'gzip' })).toMatchObject({ status: expect.any(Number), messages: [expect.any(String)] });
    expect((await fetch(`${platform.server.url}/graphql`)).status).toBe(405);
  });

  describe('says unauthorized', () => {
    const unauthorized = (reply: Reply) => expect(reply).toMatchObject({ status: 200, messages: ['unauthorized'] });

    it('to a token that is none, was changed, or is signed by somebody else', async () => {
      const [head, claims, signature] = jwt.split('.');
      const admin = Buffer.from(JSON.stringify({ ...decodeJwt(jwt), admin: true })).toString('base64url');
      const unsigned = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${claims}.`;
      const secretKey = new TextEncoder().encode(platform.server.apiKey.secret);
      const byOther = await new SignJWT(decodeJwt(jwt)).setProtectedHeader({ alg: 'HS256' }).sign(secretKey);

      for (const token of ['nonsense', `${head}.${admin}.${signature}`, `${jwt}x`, unsigned, byOther]) unauthorized(await ask('{ stacks { id } }', {}, token));
    });

    // Elsewhere nobody can sign with the installation's key.
    it('to one that has expired, though everything else about it is right', on.name === 'embedded' ? {} : { skip: 'the key stays with its service' }, async () => {
      const key = createPrivateKey(await readFile(join((platform as EmbeddedPlatform).data, 'keys', 'installation.pem'), 'utf8'));
      const claims = decodeJwt(jwt);
      const again = (exp: number) => new SignJWT({ ...claims, exp }).setProtectedHeader({ ...(decodeProtectedHeader(jwt) as { alg: string }) }).sign(key);
      const now = Math.floor(Date.now() / 1000);

      expect((await ask('{ stacks { id } }', {}, await again(now + 60))).messages).toEqual([]);
      unauthorized(await ask('{ stacks { id } }', {}, await again(now - 1)));
    });

    it('to one whose session was closed, or whose key was taken away', async () => {
      const { data } = await ask('mutation { apiKeyCreate(input: { name: "short-lived", admin: true }) { id secret } }');
      const key = (data as { apiKeyCreate: { id: string; secret: string } }).apiKeyCreate;
      const [one, other] = [await signInWith(key), await signInWith(key)];

      await ask('mutation { logout { id } }', {}, one);
      unauthorized(await ask('{ stacks { id } }', {}, one));
      expect((await ask('{ stacks { id } }', {}, other)).messages).toEqual([]);
      await ask('mutation ($id: ID!) { apiKeyDelete(id: $id) { id } }', { id: key.id });
      unauthorized(await ask('{ stacks { id } }', {}, other));
      unauthorized(await ask('mutation ($id: ID!, $secret: String!) { apiKeyUser(id: $id, secret: $secret) { jwt } }', key, null));
    });
  });

  it('a missing thing is null where it is read, and named where it is to be changed', async () => {
    expect(await ask(`{ stack(id: "nowhere") { id } context(id: "nowhere") { id } workerPool(id: "${NOBODY}") { id } space(id: "nowhere") { id } apiKey(id: "nobody") { id } }`)).toEqual({
      status: 200, messages: [], data: { stack: null, context: null, workerPool: null, space: null, apiKey: null },
    });
    expect((await ask(`{ stack(id: "questioned") { run(id: "${NOBODY}") { id } configElement(id: "NOTHING") { id } blocker { id } } }`)).data).toEqual({ stack: { run: null, configElement: null, blocker: null } });

    refused(await ask('mutation { stackLock(id: "nowhere") { id } }'), /"nowhere" not found/);
    refused(await ask('mutation { runTrigger(stack: "nowhere") { id } }'), /"nowhere" not found/);
    refused(await ask(`mutation { runConfirm(stack: "questioned", run: "${NOBODY}") { id } }`), /not found/);
    refused(await ask('mutation { runConfirm(stack: "questioned") { id } }'), /no run|not found/);
    refused(await ask('mutation { contextAttach(id: "nowhere", stack: "questioned", priority: 0) { id } }'), /"nowhere" not found/);
  });

  it('runStack of an unknown run fails with exactly "not found"', async () => {
    expect(await ask('query ($id: ID!) { runStack(runId: $id) { id } }', { id: NOBODY })).toMatchObject({ status: 200, messages: ['not found'] });
    expect(await ask('query ($id: ID!) { runStack(runId: $id) { id } }', { id: '' })).toMatchObject({ status: 200, messages: ['not found'] });

    const runId = await stack.trigger();
    expect((await ask('query ($id: ID!) { runStack(runId: $id) { id } }', { id: runId })).data).toEqual({ runStack: { id: 'questioned' } });
  });

  it('a run asked for through another stack is missing there', async () => {
    const other = await platform.stack('beside', { 'main.tf': '' });
    const runId = await other.trigger();

    expect((await ask('query ($id: ID!) { stack(id: "questioned") { run(id: $id) { id } runResourceState(id: $id) { id } } }', { id: runId })).data).toEqual({ stack: { run: null, runResourceState: null } });
    refused(await ask('mutation ($id: ID!) { runDiscard(stack: "questioned", run: $id) { id } }', { id: runId }), /not found/);
    expect((await other.stateOf(runId)).state).not.toBe('DISCARDED');
  });

  it('who may see nothing sees nothing, and is not told that he is nobody', async () => {
    const { data } = await ask('mutation { apiKeyCreate(input: { name: "powerless", admin: false }) { id secret } }');
    const powerless = await signInWith((data as { apiKeyCreate: { id: string; secret: string } }).apiKeyCreate);

    expect((await ask('{ stacks { id } stack(id: "questioned") { id } }', {}, powerless)).data).toEqual({ stacks: [], stack: null });
    refused(await ask('mutation { runTrigger(stack: "questioned") { id } }', {}, powerless), /"questioned" not found/);
    refused(await ask('mutation { apiKeyCreate(input: { name: "more", admin: true }) { id } }', {}, powerless), /may not|needs|allowed|administrator/);
  });

  it('a value that no text holds, such as a NUL or half a character, is refused or kept, and never a defect', async () => {
    for (const name of ['a\u0000b', '\ud800', 'x'.repeat(100_000), '', '../..', '\u202e']) {
      const reply = await ask('mutation ($input: ContextInput!) { contextCreateV2(input: $input) { id } }', { input: { name } });
      expect({ name: name.slice(0, 10), messages: reply.messages }).not.toMatchObject({ messages: [expect.stringContaining('something went wrong')] });
      const read = await ask('query ($id: ID!) { stack(id: $id) { id } context(id: $id) { id } workerPool(id: $id) { id } runStack(runId: $id) { id } }', { id: name });
      expect(read.messages.join()).not.toContain('something went wrong');
      const search = await ask('query ($text: String) { searchStacks(input: { fullTextSearch: $text, after: $text }) { edges { node { id } } } }', { text: name });
      expect(search.messages.join()).not.toContain('something went wrong');
    }
  });
});
