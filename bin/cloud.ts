// The serverless installation on this machine, for a person to look at: `npm run cloud`, and Ctrl-C to end it.
import { adminKey, makePool } from '../test/support/cloud-platform.ts';
import { startLaunchers } from '../test/support/cloud-launchers.ts';
import { startCloud } from '../test/support/cloud.ts';
import { signIn } from '../lib/demo/api.ts';

const MINUTE_MS = 60_000;
const WORKERS = 2;

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const port = Number(process.env.WINDLASS_CLOUD_PORT ?? 0);

say('making the installation of its templates; this takes half a minute …');
const startedAt = performance.now();
const ends: (() => Promise<void>)[] = [];
let ending = false;

async function end(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  say('ending …');
  for (const each of ends.reverse()) await each().catch((error: unknown) => say(String(error)));
  process.exit(code);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end(0));

try {
  const cloud = await startCloud({ ...(port === 0 ? {} : { port }) });
  ends.push(
    () => cloud.stop(),
    async () => {
      for (const [role, unused] of cloud.unusedRights()) say(`rights that ${role} has not used: ${unused.join(', ')}`);
    },
  );
  const key = await adminKey(cloud);
  const pool = await makePool(await signIn(cloud.url, key, 'other'), 'private');
  const launchers = await startLaunchers({
    folder: cloud.folder,
    count: WORKERS,
    token: pool.token,
    privateKeyPem: pool.privateKeyPem,
    brokerCa: cloud.iot.ca,
  });
  ends.push(() => launchers.stop());
  // Schedules by the clock of the machine.
  const minutes = setInterval(() => void cloud.tickMinute().catch((error: unknown) => say(`a schedule failed: ${String(error)}`)), MINUTE_MS);
  ends.push(async () => clearInterval(minutes));
  say(`ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  say(`  address         ${cloud.url}`);
  say(`  sign in         ${cloud.url}/admin-login as ${cloud.admin.username} with ${cloud.admin.password}`);
  say(`  API key         ${key.id} ${key.secret}`);
  say(`  worker pool     ${pool.id}, ${WORKERS} launchers`);
  say(`  logs            ${cloud.folder}/logs`);
  say(
    `  AWS (moto)      AWS_ENDPOINT_URL=${cloud.proxyUrl} AWS_REGION=${cloud.config.region} AWS_ACCESS_KEY_ID=${cloud.operatorKey} AWS_SECRET_ACCESS_KEY=any`,
  );
} catch (error) {
  say(String(error));
  await end(1);
}
