import type { JobPackage } from '../protocol/job.ts';
import type { Command } from './step-runner.ts';
import { PLAN_FILE, type RunCommands } from './tool-commands.ts';
import type { WorkflowCommand, WorkflowFile, WorkflowValues } from './workflow-file.ts';

/** The commands of a stack's own tool, as its workflow file gives them. */
export class WorkflowCommands implements RunCommands {
  readonly #file: WorkflowFile;
  readonly #pkg: JobPackage;

  constructor(file: WorkflowFile, pkg: JobPackage) {
    this.#file = file;
    this.#pkg = pkg;
  }

  init(): Command[] {
    const { state, stack } = this.#pkg;
    const init = this.#command('init');
    if (state.managed || !stack.vendorConfig.workspace) return [init];
    return [init, shell(`{ ${this.#line('workspaceSelect')}\n} || { ${this.#line('workspaceNew')}\n}`)];
  }

  plan({ lock, jsonPath }: { readonly lock: boolean; readonly jsonPath: string }): Command[] {
    return [this.#command('plan', { Lock: lock }), this.#into(jsonPath, 'showPlan')];
  }

  apply(): Command[] {
    return [this.#command('apply')];
  }

  destroy(): Command[] {
    return [this.#command('destroy')];
  }

  readState(path: string): Command {
    return this.#into(path, 'showState');
  }

  #command(name: WorkflowCommand, values: Partial<WorkflowValues> = {}): Command {
    return shell(this.#line(name, values));
  }

  #into(path: string, name: WorkflowCommand): Command {
    return { ...shell(this.#line(name)), outputTo: path };
  }

  #line(name: WorkflowCommand, values: Partial<WorkflowValues> = {}): string {
    const { run, stack } = this.#pkg;
    return this.#file.line(name, { WorkspaceName: stack.vendorConfig.workspace ?? '', Lock: true, Refresh: true, PlanFileName: PLAN_FILE, Targets: run.targets, ...values });
  }
}

const shell = (line: string) => ({ program: '/bin/sh', args: ['-c', line] });
