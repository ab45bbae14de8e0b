// Takes hooks in, for whoever has the database to look at them later.
import { ingestFunction } from '../lib/runtime/aws-ingest.ts';

export const handler = ingestFunction(process.env);
