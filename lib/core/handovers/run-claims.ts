import type { HandoverPhase } from '../../protocol/job.ts';
import type { Claims } from '../ports/signer.ts';
import type { Settings } from '../ports/settings.ts';
import type { Run } from '../runs/run.ts';
import type { Stack } from '../stacks/stack.ts';

export const API_TOKEN_SECONDS = 3 * 3600;
export const OIDC_TOKEN_SECONDS = 3600;

/** Whether what the handover executes may change infrastructure: what clouds are told as the scope of its token. */
export function scopeOf(run: Pick<Run, 'type'>, phase: HandoverPhase, stack: Pick<Stack, 'autodeploy'>): 'read' | 'write' {
  if (run.type === 'TASK' || run.type === 'DESTROY') return 'write';
  return run.type === 'TRACKED' && (phase === 'APPLY' || stack.autodeploy) ? 'write' : 'read';
}

/** The token with which a run calls this API; good only while its handover lasts. */
export function apiTokenClaims(run: Pick<Run, 'id' | 'stackId' | 'lease'>, settings: Pick<Settings, 'baseUrl'>): Claims {
  return { sub: `run::${run.id}`, aud: settings.baseUrl, stack: run.stackId, lease: run.lease };
}

/** The identity that a run shows to clouds (stacks.md §6.3). */
export function oidcClaims(run: Pick<Run, 'id' | 'type' | 'phase' | 'stackId' | 'spaceId'>, stack: Pick<Stack, 'autodeploy'>, settings: Pick<Settings, 'baseUrl'>): Claims {
  const scope = scopeOf(run, run.phase, stack);
  return {
    sub: `space:${run.spaceId}:stack:${run.stackId}:run_type:${run.type}:scope:${scope}`,
    aud: new URL(settings.baseUrl).host,
    spaceId: run.spaceId,
    callerType: 'stack',
    callerId: run.stackId,
    runType: run.type,
    runId: run.id,
    scope,
  };
}
