import type { OpenTofuConfig, TerraformConfig, VendorConfig } from './stack.ts';
import type { StackProblems } from './stack-problems.ts';
import { checkedConstraint } from './version-constraint.ts';

export interface TerraformInput {
  readonly version?: string | null;
  readonly workflowTool?: TerraformConfig['workflowTool'] | null;
  readonly workspace?: string | null;
  readonly useSmartSanitization?: boolean | null;
  readonly externalStateAccessEnabled?: boolean | null;
}

export interface OpenTofuInput {
  readonly version?: string | null;
  readonly workflowTool?: OpenTofuConfig['workflowTool'] | null;
  readonly workspace?: string | null;
  readonly useSmartSanitization?: boolean | null;
  readonly externalStateAccessEnabled?: boolean | null;
  readonly concise?: boolean | null;
}

/** Exactly one member is meant; other vendors than these two are refused by name. */
export interface VendorConfigInput {
  readonly terraform?: TerraformInput | null;
  readonly opentofu?: OpenTofuInput | null;
  readonly [vendor: string]: unknown;
}

/** The settings of the tool, with defaults; without any a stack runs Terraform. */
export function vendorConfig(input: VendorConfigInput | null | undefined, fallbackVersion: string | null, manageState: boolean, problems: StackProblems): VendorConfig {
  const given = Object.entries(input ?? {}).filter(([, value]) => value !== null && value !== undefined).map(([vendor]) => vendor);
  const other = given.find((vendor) => vendor !== 'terraform' && vendor !== 'opentofu');
  if (other !== undefined) problems.add('vendorConfig', `stacks run Terraform or OpenTofu; ${other} is not supported`);
  if (given.length > 1) problems.add('vendorConfig', `give one vendor, not ${given.join(' and ')}`);

  const config = input?.opentofu ? openTofu(input.opentofu, problems) : terraform(input?.terraform ?? {}, fallbackVersion, problems);
  if (config.externalStateAccessEnabled && !manageState) problems.add(config.vendor, 'external state access needs the state to be managed');
  return config;
}

function terraform(input: TerraformInput, fallbackVersion: string | null, problems: StackProblems): TerraformConfig {
  const workflowTool = input.workflowTool ?? 'TERRAFORM_FOSS';
  const tool = workflowTool === 'OPEN_TOFU' ? 'opentofu' : 'terraform';
  return {
    vendor: 'terraform',
    version: problems.check('terraform', () => checkedConstraint(input.version ?? fallbackVersion, tool)) ?? null,
    workflowTool,
    workspace: input.workspace || null,
    useSmartSanitization: input.useSmartSanitization ?? false,
    externalStateAccessEnabled: input.externalStateAccessEnabled ?? false,
  };
}

function openTofu(input: OpenTofuInput, problems: StackProblems): OpenTofuConfig {
  return {
    vendor: 'opentofu',
    version: problems.check('opentofu', () => checkedConstraint(input.version, 'opentofu')) ?? null,
    workflowTool: input.workflowTool ?? 'OPENTOFU',
    workspace: input.workspace || null,
    useSmartSanitization: input.useSmartSanitization ?? true,
    externalStateAccessEnabled: input.externalStateAccessEnabled ?? false,
    concise: input.concise ?? true,
  };
}
