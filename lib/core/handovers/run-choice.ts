import type { Settings } from '../ports/settings.ts';
import type { Claims, VerifiedClaims } from '../ports/signer.ts';
import type { Run } from '../runs/run.ts';

/** What is chosen for a run when its package is built, and holds from its first step on. */
export type RunChoice = Pick<Run, 'runtimeConfig' | 'toolKind' | 'toolVersion'>;

/** A worker makes its first step long before. */
export const CHOICE_SECONDS = 24 * 3600;

/** Signed choices have an audience of their own: they open nothing. */
export const choiceAudience = (settings: Pick<Settings, 'baseUrl'>): string => `${settings.baseUrl}/runs/choice`;

/** A choice on its way: the worker brings it back with the first step, so that a claim writes nothing after it. */
export function choiceClaims(run: Pick<Run, 'id' | 'lease'>, choice: RunChoice, settings: Pick<Settings, 'baseUrl'>): Claims {
  return { sub: run.id, aud: choiceAudience(settings), lease: run.lease, choice };
}

/** The choice, if it was made for this handover. */
export function choiceOf(claims: VerifiedClaims | undefined, run: Pick<Run, 'id' | 'lease'>): RunChoice | undefined {
  return claims?.sub === run.id && claims['lease'] === run.lease ? (claims['choice'] as RunChoice) : undefined;
}

/** Whether the run goes by the choice already. */
export function isChosen(run: Run, choice: RunChoice): boolean {
  return run.toolKind === choice.toolKind && run.toolVersion === choice.toolVersion && JSON.stringify(run.runtimeConfig) === JSON.stringify(choice.runtimeConfig);
}
