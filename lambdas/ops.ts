// For operators and deployments: the schema, the account, the identity provider, passwords of the database.
import { fileURLToPath } from 'node:url';
import { composeAws } from '../lib/runtime/aws.ts';
import { opsFunction } from '../lib/runtime/ops-function.ts';

export const handler = opsFunction(composeAws(process.env), fileURLToPath(new URL('migrations', import.meta.url)));
