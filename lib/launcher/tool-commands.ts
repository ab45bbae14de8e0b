import * as semver from 'semver';
import type { JobPackage } from '../protocol/job.ts';
import type { Command } from './step-runner.ts';
import { quote } from './step-script.ts';
import type { ResolvedTool } from './tools.ts';

export const PLAN_FILE = 'spacelift.plan';

/** The commands of each phase. */
export interface RunCommands {
  init(): Command[];
  /** Planning, and its result as JSON. */
  plan(options: { readonly lock: boolean; readonly jsonPath: string }): Command[];
  apply(): Command[];
  destroy(): Command[];
  /** The state, where it is not the platform's own: its body, or what `show -json` tells of it. */
  readState(path: string): Command;
}

/** The commands of Terraform and OpenTofu. */
export class ToolCommands implements RunCommands {
  readonly #tool: ResolvedTool;
  readonly #pkg: JobPackage;

  constructor(tool: ResolvedTool, pkg: JobPackage) {
    this.#tool = tool;
    this.#pkg = pkg;
  }

  /** External state with a workspace needs it selected, or made the first time. */
  init(): Command[] {
    const { state, stack } = this.#pkg;
    const workspace = stack.vendorConfig.workspace;
    const init = this.#command('init', '-input=false');
    if (state.managed || !workspace) return [init];
    const tool = quote(this.#tool.path);
    const name = quote(workspace);
    return [init, { shell: `${tool} workspace select ${name} || ${tool} workspace new ${name}` }];
  }

  plan(options: { readonly lock: boolean; readonly jsonPath: string }): Command[] {
    const targets = this.#pkg.run.targets.map((target) => `-target=${target}`);
    const concise = this.#pkg.stack.vendorConfig.concise && this.#tool.command === 'tofu' && semver.gte(this.#tool.version, '1.7.0');
    return [
      this.#command('plan', '-input=false', `-lock=${options.lock}`, `-out=${PLAN_FILE}`, ...(concise ? ['-concise'] : []), ...targets),
      { program: this.#tool.path, args: ['show', '-json', PLAN_FILE], outputTo: options.jsonPath },
    ];
  }

  apply(): Command[] {
    return [this.#command('apply', '-auto-approve', '-input=false', PLAN_FILE)];
  }

  destroy(): Command[] {
    return [this.#command('destroy', '-auto-approve', '-input=false')];
  }

  readState(path: string): Command {
    return { program: this.#tool.path, args: ['state', 'pull'], outputTo: path };
  }

  /** Without colour: escape codes would cut through what is searched for, and masked, in logs. */
  #command(name: string, ...args: readonly string[]): Command {
    return { program: this.#tool.path, args: [name, '-no-color', ...args] };
  }
}
