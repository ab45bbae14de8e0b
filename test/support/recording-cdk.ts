// In place of the CDK's program: notes its words, and leaves in the services what the installer reads of deployed stacks. It deploys nothing.
import { appendFileSync, writeFileSync } from 'node:fs';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { awsClients } from '../../lib/install/aws/clients.ts';
import { writeParameter, createParameter } from '../../lib/install/aws/parameters.ts';

const words = process.argv.slice(2);
const { RECORD = '', FAIL_ON, AWS_REGION = '', PREFIX = 'platform' } = process.env;
const aws = awsClients(AWS_REGION);
const all = words.includes('--all');
appendFileSync(RECORD, `${JSON.stringify({ words, region: AWS_REGION, account: process.env.CDK_DEFAULT_ACCOUNT })}\n`);

if (FAIL_ON === (all ? 'all' : 'first')) process.exit(1);

const publish = (stack: string, name: string, value: string) => writeParameter(aws, `/${PREFIX}/${stack}/${name}`, value);
const orThere = (call: Promise<unknown>) => call.catch(() => undefined);

if (all) {
  await publish('api', 'domain-target', 'd-abc.execute-api.eu-west-1.amazonaws.com');
  await publish('api', 'domain-zone', 'Z123');
  await publish('messaging', 'iot-endpoint', 'abc-ats.iot.eu-west-1.amazonaws.com');
} else {
  for (const name of ['license', 'admin', 'slack', 'sso', 'git']) await orThere(aws.secrets.send(new CreateSecretCommand({ Name: `${PREFIX}/${name}` })));
  for (const name of ['states', 'run-logs', 'modules', 'policy-inputs', 'workspace', 'downloads']) {
    const bucket = `${PREFIX}-${name}-123456789012-abcdef`;
    await orThere(aws.s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } })));
    await publish('storage', `bucket-${name}`, bucket);
  }
  await publish('kms', 'master-key-arn', 'arn:aws:kms:eu-west-1:123456789012:key/mrk-1');
  await publish('kms', 'encryption-key-arn', 'arn:aws:kms:eu-west-1:123456789012:key/mrk-2');
  await createParameter(aws, `/${PREFIX}/mode`, 'on');
}
writeFileSync(words[words.indexOf('--outputs-file') + 1] ?? '', JSON.stringify(all ? { [`${PREFIX}-web`]: { WebDnsTarget: 'd1.example.net' } } : {}));
aws.close();
