// Deployed once for each queue, and once for the dead letters.
import { composeAws } from '../lib/runtime/aws.ts';
import { queueFunction } from '../lib/runtime/queue-function.ts';

export const handler = queueFunction(composeAws(process.env));
