import { CommandFault } from '../outcome.ts';
import type { Conversation } from '../context.ts';
import { checkAdministrator } from './administrator.ts';
import { checkBootstrap } from './bootstrap.ts';
import { checkCertificate } from './certificate.ts';
import { nameOf, type Check, type CheckNeeds, type Finding } from './check.ts';
import { checkCopyJobs } from './copy-jobs.ts';
import { checkDatabaseVersion } from './database-version.ts';
import { checkDatabaseSecret, checkTopic } from './given-things.ts';
import { checkKeptThings } from './kept-things.ts';
import { checkNamespace } from './namespace.ts';
import { checkNetwork } from './network.ts';
import { checkConcurrency, checkElasticIps } from './quotas.ts';
import { checkServices } from './services.ts';
import { checkSharedSecrets } from './shared-secrets.ts';
import { checkVersionStep } from './version-step.ts';

const CHECKS: Readonly<Record<string, Check>> = {
  bootstrap: checkBootstrap,
  version: checkVersionStep,
  services: checkServices,
  certificate: checkCertificate,
  concurrency: checkConcurrency,
  'elastic IPs': checkElasticIps,
  administrator: checkAdministrator,
  alerting: checkTopic,
  'database secret': checkDatabaseSecret,
  'database version': checkDatabaseVersion,
  'shared secrets': checkSharedSecrets,
  'kept things': checkKeptThings,
  'older objects': checkCopyJobs,
  network: checkNetwork,
  namespace: checkNamespace,
};

/** Everything that can be known before anything is changed. A check that cannot be made has failed. */
export async function runChecks(needs: CheckNeeds): Promise<readonly Finding[]> {
  const findings = await Promise.all(
    Object.entries(CHECKS).map(([check, run]) => run(needs).catch((error: unknown): readonly Finding[] => [{ check, level: 'failed', text: `cannot be checked (${nameOf(error)})` }])),
  );
  return findings.flat();
}

const MARKS = { ok: 'ok      ', warning: 'warning ', failed: 'FAILED  ' } as const;

/** Tells what was found, and ends the command when something failed. */
export function report(conversation: Conversation, findings: readonly Finding[]): void {
  for (const { check, level, text } of findings) conversation.say(`${MARKS[level]}${check}: ${text}`);
  const failed = findings.filter(({ level }) => level === 'failed').length;
  if (failed > 0) throw new CommandFault('preCheck', `${failed} of ${findings.length} checks failed; nothing was changed`);
}
