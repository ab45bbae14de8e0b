import { isAppError } from '../../../core/shared/errors.ts';
import type { VendorConfig } from '../../../core/stacks/stack.ts';
import { openTofuVersions, terraformVersions, type InstallableTool } from '../../../core/stacks/tool-catalogue.ts';
import { resolveToolVersion } from '../../../core/stacks/tool-version.ts';
import { checkedConstraint } from '../../../core/stacks/version-constraint.ts';
import type { GraphqlContext } from '../context.ts';
import type { QueryResolvers, StackConfigVendorOpenTofu, StackConfigVendorTerraform } from '../resolver-types.ts';

type Queries = 'openTofuVersions' | 'terraformVersions' | 'openTofuEffectiveVersion' | 'terraformEffectiveVersion';

export const Query: Pick<QueryResolvers, Queries> = {
  openTofuVersions: async (_, __, { loaders }) => openTofuVersions(await loaders.releases()),
  terraformVersions: async (_, __, { ports, loaders }) => terraformVersions(ports.settings.terraformAllowedVersions, await loaders.releases()),
  openTofuEffectiveVersion: (_, { constraints }, context) => newestFitting('OPEN_TOFU', constraints, context),
  terraformEffectiveVersion: (_, { constraints }, context) => newestFitting('TERRAFORM_FOSS', constraints, context),
};

/** The newest version on offer that meets the constraints, or null; text that is no constraint is refused. */
async function newestFitting(kind: InstallableTool, constraints: string, { ports, loaders }: GraphqlContext): Promise<string | null> {
  const constraint = checkedConstraint(constraints, kind === 'OPEN_TOFU' ? 'opentofu' : 'terraform');
  try {
    const known = await loaders.releases();
    const question = { stack: { lastAppliedVersion: null }, settings: { tool: { kind, constraint } }, offered: [], known };
    return resolveToolVersion({ ...question, allowed: ports.settings.terraformAllowedVersions }).version;
  } catch (error) {
    if (isAppError(error, 'INVALID')) return null;
    throw error;
  }
}

type Vendor = (StackConfigVendorTerraform & { readonly __typename: 'StackConfigVendorTerraform' }) | (StackConfigVendorOpenTofu & { readonly __typename: 'StackConfigVendorOpenTofu' });

/** The tool's settings under the name by which clients tell tools apart. */
export function vendorOf(config: VendorConfig): Vendor {
  return config.vendor === 'opentofu' ? { __typename: 'StackConfigVendorOpenTofu', ...config } : { __typename: 'StackConfigVendorTerraform', ...config };
}
