// Writes what is generated from sources: table types from migrations/, resolver types from the GraphQL schema.
// `--check` fails when a file on disk differs.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { readMigrations, statementsOf } from '../lib/adapters/sql/migrate.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');

const TYPES: Readonly<Record<string, string>> = { text: 'string', integer: 'number', bigint: 'Int8', boolean: 'boolean', jsonb: 'Json', 'timestamp with time zone': 'Timestamp' };

async function tableTypes(): Promise<string> {
  const db = await PGlite.create();
  for (const migration of await readMigrations(`${root}/migrations`)) for (const statement of statementsOf(migration.text)) await db.exec(statement);
  const { rows } = await db.query<{ table_name: string; column_name: string; data_type: string; is_nullable: string; column_default: string | null; is_identity: string }>(
    `select table_name, column_name, data_type, is_nullable, column_default, is_identity from information_schema.columns
     where table_schema = 'public' order by table_name, ordinal_position`,
  );
  await db.close();
  const tables = Map.groupBy(rows, (row) => row.table_name);
  const lines = [
    '// Generated from migrations/ by `npm run generate`; do not edit.',
    "import type { ColumnType, Generated, GeneratedAlways } from 'kysely';",
    '',
    '/** Read as a Date; written as one. */',
    'export type Timestamp = ColumnType<Date, Date, Date>;',
    '/** Read as parsed; written through `json(value)`. */',
    'export type Json = unknown;',
    'export type Int8 = number;',
    '',
    'export interface Tables {',
  ];
  for (const [table, columns] of tables) {
    lines.push(`  readonly ${table}: {`);
    for (const column of columns) {
      const base = TYPES[column.data_type];
      if (base === undefined) throw new Error(`${table}.${column.column_name}: type ${column.data_type} is outside the house rules`);
      const nullable = column.is_nullable === 'YES' && base !== 'Json' ? ` | null` : '';
      const full = base === 'Timestamp' && nullable !== '' ? 'ColumnType<Date | null, Date | null | undefined, Date | null>' : `${base}${nullable}`;
      const type = column.is_identity === 'YES' ? `GeneratedAlways<${full}>` : column.column_default !== null ? `Generated<${full}>` : full;
      lines.push(`    ${column.column_name}: ${type};`);
    }
    lines.push('  };');
  }
  lines.push('}', '');
  return lines.join('\n');
}

const schemaFolder = `${root}/lib/edge/graphql/schema`;

async function schemaText(): Promise<string> {
  const names = (await readdir(schemaFolder)).filter((name) => name.endsWith('.graphql')).sort();
  return (await Promise.all(names.map((name) => readFile(`${schemaFolder}/${name}`, 'utf8')))).join('\n');
}

/** The schema as a module, so that Node, tests and bundles read one text without files beside them. */
async function schemaModule(): Promise<string> {
  const literal = (await schemaText()).replace(/[\\`]|\$\{/g, '\\$&');
  return `// Generated from lib/edge/graphql/schema by \`npm run generate\`; do not edit.\nexport const schemaText = \`\n${literal}\`;\n`;
}

async function resolverTypes(): Promise<string> {
  const { codegen } = await import('@graphql-codegen/core');
  const typescript = await import('@graphql-codegen/typescript');
  const resolvers = await import('@graphql-codegen/typescript-resolvers');
  const { parse } = await import('graphql');
  const body = await codegen({
    filename: 'resolver-types.ts',
    schema: parse(await schemaText()),
    documents: [],
    config: {
      contextType: './context.ts#GraphqlContext',
      useTypeImports: true,
      enumsAsTypes: true,
      immutableTypes: true,
      disableDescriptions: true,
      // Resolvers get our own objects; each area says which by these mappers.
      mapperTypeSuffix: '',
      mappers: JSON.parse(await readFile(`${schemaFolder}/mappers.json`, 'utf8')) as Record<string, string>,
      defaultScalarType: 'unknown',
      avoidOptionals: { field: false, inputValue: false, object: true },
      inputMaybeValue: 'T | null | undefined',
    },
    plugins: [{ typescript: {} }, { 'typescript-resolvers': {} }],
    pluginMap: { typescript, 'typescript-resolvers': resolvers },
  });
  return `// Generated from lib/edge/graphql/schema by \`npm run generate\`; do not edit.\n${body}`;
}

let stale = 0;
async function emit(file: string, text: string): Promise<void> {
  const before = await readFile(`${root}/${file}`, 'utf8').catch(() => '');
  if (before === text) return;
  if (check) {
    process.stderr.write(`${file} is out of date: run \`npm run generate\`\n`);
    stale++;
  } else {
    await writeFile(`${root}/${file}`, text);
    process.stdout.write(`wrote ${file}\n`);
  }
}

await emit('lib/core/ports/tables.ts', await tableTypes());
await emit('lib/edge/graphql/schema-text.ts', await schemaModule());
await emit('lib/edge/graphql/resolver-types.ts', await resolverTypes());
process.exit(stale > 0 ? 1 : 0);
