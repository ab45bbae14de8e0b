import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { signIn } from '../../lib/demo/api.ts';
import { adminKey } from '../support/cloud-platform.ts';
import { startCloud, type Cloud } from '../support/cloud.ts';
import { resuming } from '../support/data-api.ts';
import { eventually } from '../support/eventually.ts';
import { stacksOver } from '../support/platform-stacks.ts';
import { needsMoto, needsNamespaces, needsPostgres } from '../support/requirements.ts';
import { scratchFolder } from '../support/scratch.ts';
import { serveRepositories, type ServedRepositories } from '../support/served-repositories.ts';

const MINUTE_MS = 60_000;
/** How long a database takes that slept for a day. */
const RESUME_MS = 30_000;

describe('an installation without work', { ...needsMoto, ...needsPostgres, ...needsNamespaces, timeout: 600_000 }, () => {
  let cloud: Cloud;
  let repositories: ServedRepositories;
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let key: { readonly id: string; readonly secret: string };
  let statements = 0;
  let ticks = 0;

  before(async () => {
    const onInvocation = ({ functionName }: { readonly functionName: string }) => void (functionName.endsWith('-drain-cron') ? (ticks += 1) : undefined);
    [repositories, cloud, folder] = await Promise.all([serveRepositories(), startCloud({ onInvocation }), scratchFolder('asleep')]);
    cloud.database.onCall(({ operation }) => {
      if (operation === 'Execute' || operation === 'BatchExecute') statements += 1;
      return undefined;
    });
    key = await adminKey(cloud);
  });
  after(async () => {
    await cloud.stop();
    await repositories.close();
    await folder.remove();
  });

  /** Until nothing is open any more and the scheduler has seen it. */
  const fallAsleep = () => cloud.advance(15 * MINUTE_MS);

  const countedOver = async (ms: number) => {
    const before = { statements, ticks };
    await cloud.advance(ms);
    return { statements: statements - before.statements, ticks: ticks - before.ticks };
  };

  it('asks the database nothing, though every rule of the scheduler goes on firing', async () => {
    await fallAsleep();

    const { statements: asked, ticks: fired } = await countedOver(60 * MINUTE_MS);

    expect(fired).toBeGreaterThanOrEqual(60 + 6);
    expect(asked).toBe(0);
  });

  it('is woken by a delivery, whose run is there at once although the database takes half a minute', async () => {
    // Sessions have ended in the time that has passed.
    const api = await signIn(cloud.url, key, 'other');
    const stack = await stacksOver({ folder: folder.path, live: () => api, api: () => api, addressOf: (path) => repositories.addressOf(path) })('sleepy', {
      'main.tf': '',
    });
    let paused = true;
    const stop = cloud.database.onCall(() => (paused ? resuming() : undefined));
    setTimeout(() => (paused = false), RESUME_MS).unref();
    const pushedAt = performance.now();

    const hash = await stack.push({ 'main.tf': '# changed\n' });

    await eventually('a run of the push', async () =>
      paused
        ? false
        : (await stack.query<{ runs: readonly { commit: { hash: string } }[] }>('runs { commit { hash } }')).runs.some((run) => run.commit.hash === hash),
    );
    stop();
    expect(performance.now() - pushedAt).toBeLessThan(45_000);
  });
});
