import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeRepositoriesCommand, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { failedWith, type AwsClients } from './aws/clients.ts';
import { readParameter } from './aws/parameters.ts';
import type { InstallConfig } from './config.ts';
import type { CommandContext } from './context.ts';
import { imageFolder, LAUNCHER_BUILDS, readBuilt, type Built } from './launcher/built.ts';
import { parameterName } from './names.ts';
import { ImageLayout } from './oci/layout.ts';
import { pushLayout } from './oci/push-layout.ts';
import { Registry } from './oci/registry.ts';

export interface PublishedLaunchers {
  /** Keys in the downloads bucket. */
  readonly archives: readonly string[];
  readonly image: string | null;
}

/** Puts the built launchers where workers find them. An installation without them works; its workers come from elsewhere then. */
export async function publishLaunchers(context: Pick<CommandContext, 'root' | 'version' | 'say' | 'fetch'>, aws: AwsClients, config: InstallConfig): Promise<PublishedLaunchers> {
  const builds = join(context.root, LAUNCHER_BUILDS);
  const built = await readBuilt(builds);
  if (built === undefined || built.version !== context.version) {
    context.say('launchers are not built for this version: run npm run build:launcher and install again to publish them');
    return { archives: [], image: null };
  }
  const bucket = await readParameter(aws, parameterName(config.prefix, 'storage', 'bucket-downloads'));
  const archives = bucket === undefined ? [] : await Promise.all(built.archives.map((archive) => publishArchive(aws, bucket, builds, built.version, archive)));
  return { archives, image: built.image ? await publishImage(context, aws, `${config.prefix}-launcher`, new ImageLayout(imageFolder(builds))) : null };
}

async function publishArchive(aws: AwsClients, Bucket: string, builds: string, version: string, { file, sha256 }: Built['archives'][number]): Promise<string> {
  const Key = `launchers/${version}/${file}`;
  const there = await aws.s3.send(new HeadObjectCommand({ Bucket, Key })).catch((error: unknown) => {
    if (failedWith(error, 'NotFound', 'NoSuchKey')) return undefined;
    throw error;
  });
  if (there?.Metadata?.sha256 === sha256) return Key;
  const path = join(builds, file);
  const ChecksumSHA256 = Buffer.from(sha256, 'hex').toString('base64');
  await aws.s3.send(new PutObjectCommand({ Bucket, Key, Body: createReadStream(path), ContentLength: (await stat(path)).size, ContentType: 'application/gzip', ChecksumSHA256, Metadata: { sha256 } }));
  return Key;
}

async function publishImage({ fetch }: Pick<CommandContext, 'fetch'>, aws: AwsClients, repository: string, layout: ImageLayout): Promise<string> {
  const [{ repositories = [] }, { authorizationData = [] }] = await Promise.all([
    aws.ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [repository] })),
    aws.ecr.send(new GetAuthorizationTokenCommand({})),
  ]);
  const [data] = authorizationData;
  const [username = '', ...password] = Buffer.from(data?.authorizationToken ?? '', 'base64').toString('utf8').split(':');
  const registry = new Registry({ endpoint: data?.proxyEndpoint ?? '', repository, credentials: { username, password: password.join(':') }, fetch });
  const { tag } = await pushLayout(layout, registry);
  return `${repositories[0]?.repositoryUri ?? repository}:${tag}`;
}
