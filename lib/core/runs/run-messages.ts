import * as z from 'zod/mini';
import { defineMessage } from '../shared/messages.ts';

/** A run was created or made a step. Whoever follows runs from outside (scheduling, reports, dependants) starts here. */
export const runAdvanced = defineMessage({
  name: 'run.advanced',
  queue: 'asyncFifo',
  schema: z.object({ runId: z.string(), stackId: z.string(), stateVersion: z.number() }),
  orderedBy: (body: { readonly stackId: string }) => body.stackId,
});

/** Something outside that runs of a stack wait for was reported. */
export const dependencyReported = defineMessage({
  name: 'run.dependency-reported',
  queue: 'asyncFifo',
  schema: z.object({ stackId: z.string() }),
  orderedBy: (body: { readonly stackId: string }) => body.stackId,
});

/** The policies that hold a run are to be asked, for one cause: a state that it entered, a review, a change of the policies. */
export const runCheckDue = defineMessage({
  name: 'run.check-due',
  queue: 'policies',
  schema: z.object({ runId: z.string(), stateVersion: z.number(), cause: z.string() }),
  onceBy: ({ runId, stateVersion, cause }: { readonly runId: string; readonly stateVersion: number; readonly cause: string }) => `${runId}/${stateVersion}/${cause}`,
});
