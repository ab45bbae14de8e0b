import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { messageOf } from './log.ts';
import { renderTemplate, TemplateError, type TemplateValues } from './go-template.ts';
import { RunFailure } from './handover-parts.ts';
import { readOfStep } from './run-folder.ts';

/** The commands that a custom tool must have, as `.spacelift/workflow.yml` names them. */
export const WORKFLOW_COMMANDS = ['init', 'workspaceSelect', 'workspaceNew', 'plan', 'showState', 'showPlan', 'getOutputs', 'apply', 'destroy'] as const;
export type WorkflowCommand = (typeof WORKFLOW_COMMANDS)[number];

export interface WorkflowValues extends TemplateValues {
  readonly WorkspaceName: string;
  readonly Lock: boolean;
  readonly Refresh: boolean;
  readonly PlanFileName: string;
  readonly Targets: readonly string[];
}

const FILE = join('.spacelift', 'workflow.yml');
const MAX_BYTES = 256 * 1024;

/** The commands of a stack's own tool, each a template of shell. */
export class WorkflowFile {
  readonly #templates: Readonly<Record<WorkflowCommand, string>>;

  constructor(text: string) {
    const document = parseDocument(text, { prettyErrors: true });
    const [error] = document.errors;
    if (error) throw new RunFailure(`${FILE} is no YAML: ${error.message}`);
    const content: unknown = document.toJS();
    if (typeof content !== 'object' || content === null || Array.isArray(content)) throw new RunFailure(`${FILE} must be a map of commands`);
    const given = content as Readonly<Record<string, unknown>>;
    const isMissing = (name: string) => typeof given[name] !== 'string' || given[name].trim() === '';
    const missing = WORKFLOW_COMMANDS.filter(isMissing);
    if (missing.length > 0) throw new RunFailure(`${FILE} lacks commands: ${missing.join(', ')}; each of them must be a line of shell`);
    this.#templates = given as Readonly<Record<WorkflowCommand, string>>;
  }

  /** From the source, or mounted at that path beside it. */
  static read(folders: readonly string[]): WorkflowFile {
    for (const folder of folders) {
      const text = readOfStep(join(folder, FILE), undefined, MAX_BYTES);
      if (text !== undefined) return new WorkflowFile(text);
    }
    throw new RunFailure(`the stack runs a custom workflow tool, but the source has no ${FILE}; add it there, or mount it`);
  }

  line(name: WorkflowCommand, values: WorkflowValues): string {
    try {
      return renderTemplate(this.#templates[name].trim(), values);
    } catch (error) {
      if (error instanceof TemplateError) throw new RunFailure(`${FILE}, command ${name}: ${messageOf(error)}`, { cause: error });
      throw error;
    }
  }
}
