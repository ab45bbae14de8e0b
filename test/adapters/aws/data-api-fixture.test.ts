import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import type { DataApiClient, ExecuteInput } from '../../../lib/adapters/aws/data-api-client.ts';
import { testPostgres } from '../../support/database.ts';
import { startDataApi, type DataApiServer } from '../../support/data-api.ts';
import { fetchDataApi } from '../../support/data-api-client.ts';
import { toPositional } from '../../support/data-api-sql.ts';
import { postgresBinaries } from '../../support/postgres.ts';

const skip = postgresBinaries() === undefined && 'PostgreSQL is not installed: the Data API has nothing to stand on';

describe('the stand-in for the Data API', { skip }, () => {
  let server: DataApiServer;
  let client: DataApiClient;
  const name = 'data_api_fixture';

  before(async () => {
    const postgres = await testPostgres();
    await postgres.database(name);
    server = await startDataApi(postgres.url, { statementMs: 200 });
    client = fetchDataApi(server.url);
    await run('create table colours (name text primary key, seen timestamptz)');
  });
  after(() => server.close());

  const run = (sql: string, more: Partial<ExecuteInput> = {}) => client.executeStatement({ ...server.target(name), sql, includeResultMetadata: true, ...more });
  /** A parameter that the types of the client leave out. */
  const odd = (parameter: object): Partial<ExecuteInput> => ({ parameters: [parameter] });

  it('answers typed fields and the names of their types, times without zone', async () => {
    const { records, columnMetadata } = await run("select 1 as n, 'x' as t, true as b, cast(null as text) as z, cast('2026-01-01 01:00+01' as timestamptz) as at, cast('{}' as jsonb) as d, 0.5 as e, cast(0.5 as real) as f");

    expect(records).toEqual([[{ longValue: 1 }, { stringValue: 'x' }, { booleanValue: true }, { isNull: true }, { stringValue: '2026-01-01 00:00:00' }, { stringValue: '{}' }, { stringValue: '0.5' }, { doubleValue: 0.5 }]]);
    expect(columnMetadata?.map(({ typeName }) => typeName)).toEqual(['int4', 'text', 'bool', 'text', 'timestamptz', 'jsonb', 'numeric', 'float4']);
  });

  it('refuses arrays, and times in the ISO form', async () => {
    await expect(run('select :p', odd({ name: 'p', value: { arrayValue: { stringValues: ['a'] } } }))).rejects.toMatchObject({ name: 'BadRequestException' });
    await expect(run('select :p', odd({ name: 'p', value: { stringValue: '2026-01-01T00:00:00Z' }, typeHint: 'TIMESTAMP' }))).rejects.toMatchObject({ name: 'BadRequestException' });
    await expect(run("select array['a']")).rejects.toMatchObject({ name: 'UnsupportedResultException' });
  });

  it('refuses several statements at once, parameters by number or without a value, and what needs a session', async () => {
    for (const sql of ['select 1; select 2', 'begin', 'commit', 'listen colours', 'select pg_advisory_lock(1)', 'select :missing', 'select $1']) await expect(run(sql)).rejects.toThrow();
  });

  it('forgets the settings of a session with the statement', async () => {
    await run("set application_name = 'mine'");

    expect((await run('show application_name')).records).not.toEqual([[{ stringValue: 'mine' }]]);
  });

  it('knows its cluster, and the databases in it', async () => {
    await expect(run('select 1', { resourceArn: 'arn:aws:rds:eu-west-1:123456789012:cluster:other' })).rejects.toMatchObject({ name: 'BadRequestException' });
    await expect(run('select 1', { database: 'nowhere' })).rejects.toMatchObject({ name: 'DatabaseNotFoundException' });
  });

  it('refuses a second call in a transaction while the first runs, and any after its end', async () => {
    const { transactionId = '' } = await client.beginTransaction(server.target(name));
    const slow = run('select pg_sleep(0.1)', { transactionId });

    await expect(run('select 1', { transactionId })).rejects.toMatchObject({ name: 'DatabaseErrorException', message: expect.stringContaining('still running') });
    await slow;
    await client.commitTransaction({ ...server.target(name), transactionId });
    await expect(run('select 1', { transactionId })).rejects.toMatchObject({ name: 'TransactionNotFoundException' });
  });

  it('stops a statement at its time', async () => {
    await expect(run('select pg_sleep(5)')).rejects.toMatchObject({ name: 'StatementTimeoutException' });
  });

  it('runs a statement for each set of a batch', async () => {
    await client.batchExecuteStatement({ ...server.target(name), sql: 'insert into colours (name) values (:name)', parameterSets: ['red', 'green'].map((colour) => [{ name: 'name', value: { stringValue: colour } }]) });

    expect((await run('select name from colours order by name')).records).toEqual([[{ stringValue: 'green' }], [{ stringValue: 'red' }]]);
  });

  it('takes names after a colon for parameters, but not in strings, comments, quotes and casts', () => {
    const sql = `select :a, ':b', e'\\':c', ":d", $x$ :e $x$, 1::int -- :f
      /* :g */, :h, :a`;

    const { text, names } = toPositional(sql, (parameter) => (parameter === 'a' ? 'varchar' : undefined));

    expect(names).toEqual(['a', 'h']);
    expect(text).toBe(sql.replaceAll(':a', '$1::varchar').replace(':h', '$2'));
  });
});
