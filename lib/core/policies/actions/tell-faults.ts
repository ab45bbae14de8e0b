import type { PolicyType } from '../../ports/policy-engine.ts';
import type { Ports } from '../../ports/ports.ts';
import { raiseInternalError } from '../../shared/internal-error-store.ts';
import { faultText, type Subject, type Verdict } from '../evaluation.ts';

type Needs = Pick<Ports, 'db' | 'queue' | 'clock' | 'ids' | 'telemetry'>;

/** Tells the administrators of policies that could not be evaluated, and of what malformed notices were left out. */
export async function tellFaults(ports: Needs, verdicts: readonly Verdict<PolicyType>[], subject: Subject): Promise<void> {
  for (const verdict of verdicts) {
    const { policy, fault, malformed } = verdict;
    const about = { spaceId: subject.spaceId ?? policy.spaceId, stackId: subject.stackId, runId: subject.runId, policyId: policy.id };
    if (fault !== null) {
      ports.telemetry.log('warn', 'policy could not be evaluated', { ...about, type: policy.type, kind: fault.kind });
      await raiseInternalError(ports.db.sql, ports, { title: 'Policy Evaluation Failed', error: `policy evaluation failed: ${fault.kind}`, message: faultText(verdict), severity: 'ERROR', ...about });
    }
    if (malformed.length > 0) {
      const message = `policy "${policy.name}" yielded what cannot be delivered, and it was left out: ${malformed.slice(0, 10).join('; ')}`;
      await raiseInternalError(ports.db.sql, ports, { title: 'Policy Result Malformed', error: 'malformed member of a notification set', message, severity: 'WARNING', ...about });
    }
  }
}
