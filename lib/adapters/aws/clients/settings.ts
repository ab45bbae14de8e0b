/** An agent of one's own asks the environment for a proxy only when told to; then it does as Node's own agents do. */
const PROXY = process.env.NODE_USE_ENV_PROXY === '1' ? { proxyEnv: process.env } : {};
/** Settings for the agents of clients. */
export const AGENT = { keepAlive: true, maxSockets: 50, ...PROXY } as const;

/**
 * What every client of an AWS service starts with. Region, credentials and endpoints come from the SDK's own environment variables, so that
 * a test points a client elsewhere the way an operator would. Connections are kept open; a call gives up while its caller still waits.
 */
export const CLIENT_SETTINGS = {
  maxAttempts: 3,
  retryMode: 'standard',
  requestHandler: {
    connectionTimeout: 2_000,
    requestTimeout: 10_000,
    throwOnRequestTimeout: true,
    httpsAgent: AGENT,
    httpAgent: AGENT,
  },
} as const;

/** Makes a thing on first use and keeps it: a function's container starts without it and never makes two. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
