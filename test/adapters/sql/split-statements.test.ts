import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expect } from 'expect';
import { splitStatements } from '../../../lib/adapters/sql/split-statements.ts';

const cases: readonly (readonly [string, string, readonly string[]])[] = [
  ['at each semicolon, the last one optional', 'select 1; select 2', ['select 1', 'select 2']],
  ['not within text', "insert into t values ('a;b', 'it''s; fine'); select 1;", ["insert into t values ('a;b', 'it''s; fine')", 'select 1']],
  ['not within text with escapes', "select E'a\\';b'; select 2;", ["select E'a\\';b'", 'select 2']],
  ['not within names', 'create table "a;b" ("c""d;" text); select 1;', ['create table "a;b" ("c""d;" text)', 'select 1']],
  ['not within the body of a function', 'create function f() returns int as $$ begin return 1; end; $$ language plpgsql; select 1;', ['create function f() returns int as $$ begin return 1; end; $$ language plpgsql', 'select 1']],
  ['not within a body whose mark has a name, and that holds other marks', "do $a$ begin perform $$x;$$; end $a$; select 1;", ["do $a$ begin perform $$x;$$; end $a$", 'select 1']],
  ['without comments, whatever they hold', "-- a; 'b\nselect 1 -- c;\n, 2; /* d; /* e; */ ' */ select 3;", ['select 1  \n, 2', 'select 3']],
  ['keeping apart what a comment parted', 'select/**/1;', ['select 1']],
  ['taking no parameter for a mark', 'select $1, $2; select 2;', ['select $1, $2', 'select 2']],
  ['none of an empty file', ' \n -- nothing\n ;; ', []],
];

describe('splitting a migration into statements', () => {
  for (const [name, text, statements] of cases) it(`splits ${name}`, () => expect(splitStatements(text)).toEqual(statements));

  it('refuses what has no end', () => {
    expect(() => splitStatements('select 1 /* oh')).toThrow(/comment/);
    expect(() => splitStatements('do $x$ begin')).toThrow(/\$x\$/);
  });

  it('leaves no comment and no empty statement of the migrations there are', async () => {
    const folder = fileURLToPath(new URL('../../../migrations', import.meta.url));
    for (const name of await readdir(folder)) {
      for (const statement of splitStatements(await readFile(`${folder}/${name}`, 'utf8'))) expect(statement).toMatch(/^(create|alter|insert|update|drop|delete)\b/i);
    }
  });
});
