import { contentPolicy } from '../../core/shared/content-policy.ts';
import { cacheOf, typeOf } from '../../core/shared/web-types.ts';
import { jsonResponse, route, type HttpRequest, type HttpResponse, type Route } from './router.ts';

/** A file of the UI's build; `path` has no leading slash. Undefined when there is none. */
export type ReadWebFile = (path: string) => Promise<Uint8Array | undefined>;

const INDEX = 'index.html';
/** Larger ones do not fit into a function's answer. */
export const MAX_FILE_BYTES = 4 * 1024 * 1024;

const BINARY = /^(image\/(?!svg)|font\/|application\/(octet-stream|wasm))/;

const SAFE_PATH = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
/**
 * The UI: files by their path, and its page for every other address that a browser asks for, since the page itself knows what those mean.
 * `uploads` is where the page may send files to.
 */
export function webRoutes(read: ReadWebFile, options: { readonly uploads: string | null } = { uploads: null }): readonly Route[] {
  const policy = contentPolicy(options.uploads);
  const safety = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'same-origin' };

  function answer(path: string, bytes: Uint8Array): HttpResponse {
    const type = typeOf(path);
    const headers = { ...safety, 'content-type': type, 'cache-control': cacheOf(path), ...(path === INDEX ? { 'content-security-policy': policy } : {}) };
    return { status: 200, headers, body: BINARY.test(type) ? bytes : Buffer.from(bytes).toString('utf8') };
  }

  async function serve(request: HttpRequest): Promise<HttpResponse> {
    const path = request.path.replace(/^\/+/, '');
    if (SAFE_PATH.test(path)) {
      const bytes = await read(path);
      if (bytes !== undefined && bytes.length > MAX_FILE_BYTES) return jsonResponse(500, { error: `${path} is larger than a function may answer` });
      if (bytes !== undefined) return answer(path, bytes);
    }
    // A file that is missing is an error; a page that is unknown is the UI's to explain.
    if (/\.[A-Za-z0-9]+$/.test(path) || !(request.headers.accept ?? '*/*').match(/text\/html|\*\/\*/)) return jsonResponse(404, { error: 'not found' });
    const index = await read(INDEX);
    return index === undefined ? jsonResponse(404, { error: 'the user interface is not installed' }) : answer(INDEX, index);
  }
  return [route('GET', '*path', serve), route('HEAD', '*path', serve)];
}
