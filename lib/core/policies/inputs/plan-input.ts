import { invalid } from '../../shared/errors.ts';
import { inputText, objectOfTexts } from '../input-text.ts';
import { requestInput, type InputObject } from './shared.ts';

export interface PlanInput {
  readonly commit: InputObject;
  readonly remoteIp: string | null;
  readonly at: Date;
  readonly run: InputObject;
  /** The last tracked run before this one; none for the first. */
  readonly previousRun: InputObject | undefined;
  readonly stack: InputObject;
  /** The plan as JSON text; null when planning was skipped. */
  readonly plan: string | null;
  /** Documents that the project put beside its plan, by their keys: a JSON object as text. */
  readonly custom: string;
}

/** What PLAN policies are asked about, as JSON text: the plan goes in as it came, so that its numbers stay exact. */
export function planInput(input: PlanInput): string {
  const spacelift = inputText({
    commit: input.commit, request: requestInput(input.remoteIp, input.at), run: input.run, ...(input.previousRun === undefined ? {} : { previous_run: input.previousRun }), stack: input.stack,
  });
  return objectOfTexts({
    spacelift,
    terraform: input.plan === null ? 'null' : wholeValue(input.plan, 'the plan'),
    terragrunt: 'null', pulumi: 'null', cloudformation: 'null', kubernetes: 'null', ansible: 'null',
    third_party_metadata: objectOfTexts({ custom: wholeValue(input.custom, 'what the project added to the plan') }),
  });
}

/** The text, if it is one JSON value and nothing beside it. */
function wholeValue(text: string, what: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch (cause) {
    throw invalid(`${what} is not valid JSON`, {}, { cause });
  }
}
