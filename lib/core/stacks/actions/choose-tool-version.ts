import type { VersionChoice } from '../../../protocol/job.ts';
import type { Sql } from '../../ports/database.ts';
import { knownReleases } from '../tool-release-store.ts';
import { isSettledByWorkers, resolveToolVersion, type VersionQuestion } from '../tool-version.ts';

/** The version of a run's tool. Lists of releases that the question does not bring are read only where what lies on workers does not decide. */
export async function chooseToolVersion(sql: Sql, question: VersionQuestion): Promise<VersionChoice> {
  const isComplete = question.known !== undefined || isSettledByWorkers(question);
  return resolveToolVersion(isComplete ? question : { ...question, known: await knownReleases(sql) });
}
