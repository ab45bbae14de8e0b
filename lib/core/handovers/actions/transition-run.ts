import type { TransitionRequest } from '../../../protocol/worker-api.ts';
import type { Ports } from '../../ports/ports.ts';
import { isAppError } from '../../shared/errors.ts';
import { tellStep } from '../../runs/actions/step-run.ts';
import { advance } from '../../runs/run-states.ts';
import { saveStep } from '../../runs/run-store.ts';
import type { Run } from '../../runs/run.ts';
import { stateAtStart, type ReadableState } from '../../state/actions/read-state.ts';
import { workerRefusal } from '../../workers/worker-refusals.ts';
import type { Worker } from '../../workers/worker.ts';
import { keptNote, workerActor } from '../handover.ts';
import { isPreparing, workerEvent } from '../worker-transitions.ts';
import { choiceAudience, choiceOf, type RunChoice } from '../run-choice.ts';
import { loadHandover, type HandoverCall } from './load-handover.ts';

type Needs = Pick<Ports, 'db' | 'queue' | 'objects' | 'clock' | 'ids' | 'signer' | 'settings' | 'wakeups' | 'telemetry'>;

export interface StepAnswer {
  readonly stateVersion: number;
  readonly stop: boolean;
  /** The managed state, which the tool reads first of all; null when there is none. */
  readonly state?: ReadableState | null;
}

async function answerOf(ports: Needs, run: Run): Promise<StepAnswer> {
  const state = run.state === 'INITIALIZING' ? await stateAtStart(ports, run) : undefined;
  return { stateVersion: run.stateVersion, stop: run.stopRequestedAt !== null, ...(state === undefined ? {} : { state }) };
}

/** A step that the worker has made. Told again, it is answered as before: the first answer may have been lost. */
export async function transitionRun(ports: Needs, worker: Pick<Worker, 'id'>, call: HandoverCall & { readonly request: TransitionRequest }): Promise<StepAnswer> {
  const { from, to, note, hasLogs, choice } = call.request;
  const run = await loadHandover(ports, worker, call);
  if (run.state === to && run.state !== from && wasStepOf(run, from, to)) return answerOf(ports, run);

  const event = workerEvent(run, from, to);
  const by = workerActor(worker);
  // Once a worker has begun, a later loss is no failed attempt to begin.
  const begun = isPreparing(run.state) && event !== 'fail' && event !== 'stop' ? { attempts: 0 } : {};
  const chosen = choice === undefined ? {} : await requireChoice(ports, run, choice);
  // Who asked for the end has the word on why.
  const wasAsked = event === 'stop' || (event === 'fail' && run.killRequestedAt !== null);
  const kept = wasAsked ? (run.stopNote ?? keptNote(note)) : keptNote(note);
  try {
    const saved = await saveStep(ports, ports.db.sql, run, { ...advance(run, event, ports.clock.now()), ...begun, ...chosen }, { by, note: kept, ...(hasLogs === undefined ? {} : { hasLogs }) });
    tellStep(ports, run, saved, by);
    return await answerOf(ports, saved);
  } catch (error) {
    if (!isAppError(error, 'CONFLICT')) throw error;
    throw workerRefusal('bad_transition', `run ${run.id} moved on from ${from} meanwhile`, { runId: run.id });
  }
}

async function requireChoice({ signer, settings }: Pick<Needs, 'signer' | 'settings'>, run: Run, token: string): Promise<RunChoice> {
  const choice = choiceOf(await signer.verify(token, choiceAudience(settings)), run);
  if (choice === undefined || !isPreparing(run.state)) throw workerRefusal('bad_request', `the choice is not what this server gave out for the handover of run ${run.id}`, { runId: run.id });
  return choice;
}

function wasStepOf(run: Run, from: string, to: string): boolean {
  try {
    return workerEvent({ ...run, state: from as Run['state'] }, from, to) !== undefined;
  } catch {
    return false;
  }
}
