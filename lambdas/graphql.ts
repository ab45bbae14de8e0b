// POST /graphql.
import { graphqlRoutes } from '../lib/edge/graphql/http.ts';
import { apiOf } from '../lib/runtime/api-app.ts';
import { composeAws } from '../lib/runtime/aws.ts';

const app = composeAws(process.env);

export const handler = apiOf(app, graphqlRoutes(app.ports));
