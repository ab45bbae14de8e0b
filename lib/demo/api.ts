/** A small client of the public API, as anybody might write one: key exchange, then queries with the token. */
export interface Api {
  query<T>(document: string, variables?: Readonly<Record<string, unknown>>): Promise<T>;
}

interface Answer<T> {
  readonly data?: T | null;
  readonly errors?: readonly { readonly message: string }[];
}

async function post<T>(url: string, headers: Readonly<Record<string, string>>, query: string, variables: unknown): Promise<T> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as Answer<T>;
  if (answer.errors !== undefined && answer.errors.length > 0) throw new Error(answer.errors.map((error) => error.message).join('; '));
  if (answer.data === undefined || answer.data === null) throw new Error(`the API answered ${response.status} without data`);
  return answer.data;
}

/** Signs in with an API key. As a command-line client, which polls, it is answered when there is something new. */
export async function signIn(url: string, key: { readonly id: string; readonly secret: string }, client: 'spacectl' | 'other' = 'spacectl'): Promise<Api> {
  const exchange = 'mutation ($id: ID!, $secret: String!) { apiKeyUser(id: $id, secret: $secret) { jwt } }';
  const { apiKeyUser } = await post<{ apiKeyUser: { jwt: string } }>(url, {}, exchange, key);
  const headers = { authorization: `Bearer ${apiKeyUser.jwt}`, 'spacelift-client-type': client };
  return { query: (document, variables = {}) => post(url, headers, document, variables) };
}
