import { readJob, type JobState } from '../aws/batch-jobs.ts';
import { readCopyJobs } from '../older-objects.ts';
import { found, nameOf, type Check, type Finding } from './check.ts';

const ENDED_BADLY: readonly string[] = ['Failed', 'Failing', 'Cancelled', 'Cancelling', 'Suspended', 'Paused'];

/** How far the copying of older objects is. None of it keeps an installation from being changed. */
export const checkCopyJobs: Check = async ({ aws, config, accountId }) => {
  const { warning } = found('older objects');
  if (!config.disasterRecovery?.replication) return [];
  const jobs = Object.entries(await readCopyJobs(aws, config.prefix));
  return Promise.all(
    jobs.map(([bucket, id]) => readJob(aws, accountId, id).then(
      (state) => told(bucket, id, state),
      (error: unknown) => warning(`${bucket}: the job ${id} cannot be asked (${nameOf(error)})`),
    )),
  );
};

function told(bucket: string, id: string, state: JobState | undefined): Finding {
  const { ok, warning } = found('older objects');
  if (state === undefined) return ok(`${bucket}: the job ${id} ended longer ago than the service remembers`);
  const { status, total, failed, reason } = state;
  if (ENDED_BADLY.includes(status)) return warning(`${bucket}: the job ${id} is ${status}${reason === null ? '' : `: ${reason}`}`);
  if (failed > 0) return warning(`${bucket}: ${failed} of ${total} were not copied; the job ${id} has a report of them`);
  return ok(`${bucket}: ${status === 'Complete' ? `${total} copied` : `the job ${id} is ${status}, ${total} to copy`}`);
}
