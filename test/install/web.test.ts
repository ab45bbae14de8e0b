import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CreateBucketCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'expect';
import { writeParameter } from '../../lib/install/aws/parameters.ts';
import { publishWeb, WEB_BUILD } from '../../lib/install/web-step.ts';
import { testInstallation, type TestInstallation } from '../support/installation.ts';
import { needsMoto } from '../support/requirements.ts';

const FILES = { 'index.html': '<!doctype html>', 'assets/index-0123abcd.js': 'export {};', 'favicon.ico': '\u0000' };

describe('the web interface of an installation', needsMoto, () => {
  let place: TestInstallation;
  const said: string[] = [];
  const publish = () => publishWeb({ root: place.folder, say: (line) => void said.push(line) }, place.aws, { prefix: 'platform' });
  before(async () => {
    place = await testInstallation();
    await place.aws.s3.send(new CreateBucketCommand({ Bucket: 'platform-web', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }));
    await writeParameter(place.aws, '/platform/storage/bucket-web', 'platform-web');
  });
  after(() => place.close());

  it('is left out where it is not built', async () => {
    expect(await publish()).toBe(0);
    expect(said.at(-1)).toMatch(/^the web interface is not built here/);
  });

  it('is put into its bucket with what each file is and how long it may be kept', async () => {
    for (const [path, text] of Object.entries(FILES)) {
      await mkdir(dirname(join(place.folder, WEB_BUILD, path)), { recursive: true });
      await writeFile(join(place.folder, WEB_BUILD, path), text);
    }

    expect([await publish(), said.at(-1)]).toEqual([3, 'web interface: 3 files']);
    const found = await Promise.all(Object.keys(FILES).map(async (Key) => {
      const { ContentType, CacheControl, Body } = await place.aws.s3.send(new GetObjectCommand({ Bucket: 'platform-web', Key }));
      return [Key, ContentType, CacheControl, await Body?.transformToString()];
    }));
    expect(found).toEqual([
      ['index.html', 'text/html; charset=utf-8', 'no-store', FILES['index.html']],
      ['assets/index-0123abcd.js', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable', FILES['assets/index-0123abcd.js']],
      ['favicon.ico', 'image/x-icon', 'no-store', FILES['favicon.ico']],
    ]);
  });
});
