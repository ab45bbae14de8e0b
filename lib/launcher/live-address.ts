import { ApiError } from './server-api.ts';

/** What S3 calls a signature whose credentials have ended; it answers so with 400, and with 403 where the time in the address is over. */
const ENDED = /<Code>(?:ExpiredToken|InvalidToken|TokenRefreshRequired)<\/Code>/;

/** Whether the store refused the address itself. It dies with the credentials that signed it, and on Lambda nobody can tell when that is. */
export function isDeadAddress(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.status === 403 || (error.status === 400 && typeof error.body === 'string' && ENDED.test(error.body));
}

/** Works with an address, and once more with a new one where the first has died. */
export async function withLiveAddress<Address, T>(first: Address, renew: () => Promise<Address>, work: (address: Address) => Promise<T>): Promise<T> {
  try {
    return await work(first);
  } catch (error) {
    if (!isDeadAddress(error)) throw error;
    return work(await renew());
  }
}
