// Lists, by public client, what of the API it asks for the schema still lacks. `npm run api:coverage [client]`
import { buildSchema } from 'graphql';
import { schemaText } from '../lib/edge/graphql/schema-text.ts';
import { CLIENTS, missingFor, operationsOf } from '../test/support/clients/facts.ts';

const [asked] = process.argv.slice(2);
if (asked !== undefined && !CLIENTS.some((client) => client === asked)) {
  process.stderr.write(`there is no client "${asked}"; known are ${CLIENTS.join(', ')}\n`);
  process.exit(2);
}
const schema = buildSchema(schemaText);
const lines: string[] = [];

for (const client of CLIENTS) {
  if (asked !== undefined && asked !== client) continue;
  const operations = await operationsOf(client);
  const lacking = operations.map((operation) => ({ operation, missing: missingFor(schema, operation) })).filter(({ missing }) => missing.length > 0);
  lines.push(`${client}: ${operations.length - lacking.length} of ${operations.length} operations are answered`);

  const users = new Map<string, string[]>();
  for (const { operation, missing } of lacking) for (const item of missing) users.set(item, [...(users.get(item) ?? []), operation.name]);
  for (const [item, names] of [...users].sort()) lines.push(`  ${item.padEnd(56)} ${names.length > 3 ? `${names.length} operations` : names.join('; ')}`);
}
process.stdout.write(`${lines.join('\n')}\n`);
