import { sql as raw, type RawBuilder } from 'kysely';
import type { Ports } from '../ports/ports.ts';
import { rowsIf } from '../shared/guarded-store.ts';
import { messageRow } from '../shared/message-store.ts';
import { runAdvanced } from '../runs/run-messages.ts';
import { CLAIMABLE_STATES, isActive, isStoppable, nextState, type RunState } from '../runs/run-states.ts';
import { setsStackState, stackStateOf } from '../runs/stack-state.ts';
import type { RunType } from '../runs/run-states.ts';
import { LOST_AFTER_SECONDS } from '../workers/worker-health.ts';
import { workerCheck } from '../workers/worker-messages.ts';
import { phaseOf } from './handover.ts';

const STEPS = CLAIMABLE_STATES.map((from) => ({ from, to: nextState(from, 'claim') ?? from, phase: phaseOf(from) }));

const texts = (values: readonly string[]) => raw.join(values.map((value) => raw.lit(value)));

/** A text by the state in which the run waited. */
const byState = (result: (step: (typeof STEPS)[number]) => string) => raw<string>`case runs.state ${raw.join(STEPS.map((step) => raw`when ${raw.lit(step.from)} then ${raw.lit(result(step))}`), raw` `)} end`;

/** The step of a claim, of which SQL knows the run first: what `advance`, `saveStep` and the rules of a handover make of it, by its state. */
export function claimedColumns(workerId: string, now: Date): RawBuilder<unknown> {
  const at = raw`cast(${now} as timestamptz)`;
  const forgetting = STEPS.filter(({ to }) => !isStoppable(to)).map(({ from }) => from);
  const unlessForgotten = (column: string) => raw`${raw.ref(column)} = case when runs.state in (${texts(forgetting)}) and runs.kill_requested_at is null then null else ${raw.ref(`runs.${column}`)} end`;
  return raw`
    state = ${byState(({ to }) => to)}, state_version = runs.state_version + 1, updated_at = ${at},
    worker_id = ${workerId}, lease = runs.lease + 1, attempts = runs.attempts + 1, again_at = null, handover_at = ${at}, phase = ${byState(({ phase }) => phase)},
    decision = null, decision_note = null, has_changes = case when ${byState(({ phase }) => phase)} = 'APPLY' then runs.has_changes end,
    waiting_reason = null, waiting_since = null, waiting_run_id = null, waiting_pool_id = null, waiting_approvals = null,
    ${raw.join(['stop_requested_at', 'stop_requested_by', 'stop_note'].map(unlessForgotten))}`;
}

const SHOWING: readonly RunType[] = (['PROPOSED', 'TRACKED', 'TASK', 'TESTING', 'DESTROY', 'PARSE'] as const).filter(setsStackState);
const SHOWN: readonly RunState[] = STEPS.map(({ to }) => to).filter((state) => stackStateOf(state) !== undefined);

/** The parts of the statement that follow the step, named `stepped`: history, the stack's state, what is announced, and the check of the worker's life. */
export function claimEffects(ports: Pick<Ports, 'clock' | 'ids'>, workerId: string, now: Date): RawBuilder<unknown> {
  const history = rowsIf('stepped', [
    { run_id: raw`stepped.id`, state_version: raw`stepped.state_version`, state: raw`stepped.state`, at: now, username: null, note: null, has_logs: raw`stepped.state in (${texts(STEPS.map(({ to }) => to).filter(isActive))})`, terminal: false },
  ]);
  const messages = rowsIf('stepped', [
    {
      ...messageRow(ports, runAdvanced, { runId: '', stackId: '', stateVersion: 0 }),
      group_key: raw`stepped.stack_id`,
      body: raw`jsonb_build_object('runId', stepped.id, 'stackId', stepped.stack_id, 'stateVersion', stepped.state_version)`,
    },
    {
      ...messageRow(ports, workerCheck, { workerId }, { delaySeconds: LOST_AFTER_SECONDS.busy + 1 }),
      group_key: raw`cast(null as text)`,
      body: raw`jsonb_build_object('workerId', cast(${workerId} as text), 'runId', stepped.id, 'lease', stepped.lease)`,
    },
  ]);
  return raw`
    history as (insert into run_history (${columns(history.columns)}) ${history.values}),
    announced as (insert into messages (${columns(messages.columns)}) ${messages.values}),
    shown as (
      update stacks set state = stepped.state, state_set_at = stepped.updated_at, state_set_by = null from stepped
      where stacks.id = stepped.stack_id and stepped.type in (${texts(SHOWING)}) and stepped.state in (${texts(SHOWN)})
        and (stacks.blocker_run_id is null or stacks.blocker_run_id = stepped.id))`;
}

const columns = (names: readonly string[]) => raw.join(names.map((name) => raw.ref(name)));
