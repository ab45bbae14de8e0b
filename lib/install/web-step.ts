import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { cacheOf, typeOf } from '../core/shared/web-types.ts';
import type { AwsClients } from './aws/clients.ts';
import { readParameter } from './aws/parameters.ts';
import type { InstallConfig } from './config.ts';
import type { CommandContext } from './context.ts';
import { parameterName } from './names.ts';

/** Where a build of the web interface lies, if there is one. */
export const WEB_BUILD = join('dist', 'web');
const PAGE = 'index.html';

/**
 * Puts the built web interface where it is served from, its page last: whoever gets the new page finds what it names. How many files; none
 * without a build.
 */
export async function publishWeb(context: Pick<CommandContext, 'root' | 'say'>, aws: AwsClients, { prefix }: Pick<InstallConfig, 'prefix'>): Promise<number> {
  const root = join(context.root, WEB_BUILD);
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
  const Bucket = await readParameter(aws, parameterName(prefix, 'storage', 'bucket-web'));
  if (!paths.includes(PAGE) || Bucket === undefined) {
    context.say('the web interface is not built here: its address answers 404, everything else works');
    return 0;
  }
  for (const path of [...paths.filter((each) => each !== PAGE).sort(), PAGE]) {
    const facts = { ContentType: typeOf(path), CacheControl: cacheOf(path) };
    await aws.s3.send(new PutObjectCommand({ Bucket, Key: path, Body: await readFile(join(root, path)), ...facts }));
  }
  context.say(`web interface: ${paths.length} files`);
  return paths.length;
}
