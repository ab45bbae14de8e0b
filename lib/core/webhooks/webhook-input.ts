import type { HttpSender } from '../ports/http-sender.ts';
import { invalid } from '../shared/errors.ts';

const MAX_NAME = 255;
const MAX_ENDPOINT = 2_000;
const MAX_SECRET = 4 * 1024;

export function webhookName(text: string): string {
  const name = text.trim();
  if (name === '') throw invalid('a webhook needs a name', { field: 'name' });
  if (name.length > MAX_NAME) throw invalid(`the name of a webhook has at most ${MAX_NAME} characters`, { field: 'name' });
  return name;
}

/** The address, if something may be sent there as far as can be told by now. */
export function webhookEndpoint(http: Pick<HttpSender, 'refusal'>, text: string): string {
  const endpoint = text.trim();
  const fault = endpoint.length > MAX_ENDPOINT ? `it has over ${MAX_ENDPOINT} characters` : http.refusal(endpoint);
  if (fault !== undefined) throw invalid(`nothing can be sent to this endpoint: ${fault}`, { field: 'endpoint' });
  return endpoint;
}

export function webhookSecret(secret: string): string {
  if (Buffer.byteLength(secret) > MAX_SECRET) throw invalid('the secret of a webhook has at most 4 KiB', { field: 'secret' });
  return secret;
}

const MAX_HEADERS = 50;
const MAX_HEADER_BYTES = 16 * 1024;

/** Headers together, which lie sealed in one column. */
export function fittingHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (Object.keys(headers).length > MAX_HEADERS || Buffer.byteLength(JSON.stringify(headers)) > MAX_HEADER_BYTES) throw invalid(`a webhook has at most ${MAX_HEADERS} headers, of 16 KiB together`, { field: 'headers' });
  return headers;
}
