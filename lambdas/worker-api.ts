// What launchers ask: registration, claims, transitions, uploads.
import { workerApiRoutes } from '../lib/edge/http/worker-api.ts';
import { apiOf } from '../lib/runtime/api-app.ts';
import { composeAws } from '../lib/runtime/aws.ts';

const app = composeAws(process.env);

export const handler = apiOf(app, workerApiRoutes(app.ports));
