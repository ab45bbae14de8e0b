import { createApiKey } from '../../lib/core/accounts/actions/create-api-key.ts';
import { exchangeApiKey } from '../../lib/core/accounts/actions/exchange-api-key.ts';
import type { Ports } from '../../lib/core/ports/ports.ts';
import { graphqlRoutes } from '../../lib/edge/graphql/http.ts';
import { adminActor } from './actors.ts';
import type { Transport } from './clients/go-transport.ts';
import { inProcess } from './clients/in-process.ts';

export interface GraphqlAnswer {
  readonly status: number;
  readonly data: Record<string, any> | null | undefined; // eslint-disable-line @typescript-eslint/no-explicit-any -- tests reach into answers
  readonly errors: readonly { readonly message: string; readonly path?: readonly (string | number)[]; readonly extensions?: Readonly<Record<string, unknown>> }[];
}

export interface GraphqlCaller {
  ask(query: string, variables?: Readonly<Record<string, unknown>>, headers?: Readonly<Record<string, string>>): Promise<GraphqlAnswer>;
  /** The data of an answer without errors; with some, it throws the first. */
  get(query: string, variables?: Readonly<Record<string, unknown>>, headers?: Readonly<Record<string, string>>): Promise<Record<string, any>>; // eslint-disable-line @typescript-eslint/no-explicit-any
}

export interface GraphqlApi extends GraphqlCaller {
  readonly transport: Transport;
  /** The same API for a caller with this bearer token. */
  as(token: string): GraphqlCaller;
  /** A root administrator's API key, and its token. */
  admin(): Promise<GraphqlCaller & { readonly apiKey: { readonly id: string; readonly secret: string }; readonly token: string }>;
}

/** The GraphQL API of a test app, called without a network. */
export function graphqlApi(app: { readonly ports: Ports }, transport: Transport = inProcess(graphqlRoutes(app.ports))): GraphqlApi {
  const caller = (signedIn: Readonly<Record<string, string>>): GraphqlCaller => {
    const ask: GraphqlCaller['ask'] = async (query, variables = {}, headers = {}) => {
      const response = await transport({
        method: 'POST',
        url: `${app.ports.settings.baseUrl}/graphql`,
        headers: { 'content-type': 'application/json', ...signedIn, ...headers },
        body: Buffer.from(JSON.stringify({ query, variables })),
      });
      const { data, errors } = JSON.parse(response.body.toString()) as Pick<GraphqlAnswer, 'data'> & { readonly errors?: GraphqlAnswer['errors'] };
      return { status: response.status, data, errors: errors ?? [] };
    };
    return {
      ask,
      async get(query, variables, headers) {
        const { data, errors } = await ask(query, variables, headers);
        const [error] = errors;
        if (error !== undefined) throw new Error(`${error.path?.join('.') ?? 'request'}: ${error.message}`);
        return data ?? {};
      },
    };
  };
  const as = (token: string) => caller({ authorization: `Bearer ${token}` });
  return {
    ...caller({}),
    transport,
    as,
    async admin() {
      const { key, secret } = await createApiKey(app.ports, adminActor(), { name: 'test', admin: true });
      const { token } = await exchangeApiKey(app.ports, { id: key.id, secret, remoteIp: '127.0.0.1' });
      return { ...as(token), apiKey: { id: key.id, secret }, token };
    },
  };
}
