// The user interface.
import { webFunction } from '../lib/runtime/aws-web.ts';

export const handler = webFunction(process.env);
