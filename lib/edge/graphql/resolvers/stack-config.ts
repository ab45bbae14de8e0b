import { computedVariables } from '../../../core/stacks/computed-variables.ts';
import type { AttachedContext } from '../../../core/contexts/context.ts';
import { sha256 } from '../../../core/shared/text.ts';
import type { Stack as StackModel } from '../../../core/stacks/stack.ts';
import type { GraphqlContext } from '../context.ts';
import type { ConfigModel } from '../models.ts';
import type { StackContextAttachmentResolvers, StackResolvers } from '../resolver-types.ts';

const COMPUTED = '<computed>';

const ownConfig = async (stack: StackModel, { loaders }: GraphqlContext) => (await loaders.configOf(`stack ${stack.id}`)) ?? [];
const configOfContext = async ({ context }: AttachedContext, { loaders }: GraphqlContext) => (await loaders.configOf(`context ${context.id}`)) ?? [];

/** Variables whose value each run has anew. */
function computedConfig(stack: StackModel, accountName: string): readonly ConfigModel[] {
  const anyRun = { id: '', type: 'TRACKED', branch: null, commitHash: '', localPreview: false, triggeredBy: null, environmentOverrides: [] } as const;
  return computedVariables(accountName, stack, '', anyRun).map(({ name }) => ({
    name, type: 'ENVIRONMENT_VARIABLE', value: COMPUTED, writeOnly: false, checksum: sha256(COMPUTED), description: null, fileMode: null, createdAt: null, runtime: true,
  }));
}

interface RuntimeElement {
  readonly context: AttachedContext | null;
  readonly element: ConfigModel;
}

/** What a run of the stack would get, each name once, from its strongest source: the stack, its contexts in their order, the platform. */
async function runtimeConfig(stack: StackModel, request: GraphqlContext): Promise<readonly RuntimeElement[]> {
  const contexts = await request.loaders.contextsOf(stack);
  const [own, ...shared] = await Promise.all([ownConfig(stack, request), ...contexts.map((attached) => configOfContext(attached, request))]);
  const candidates: readonly RuntimeElement[] = [
    ...own.map((element) => ({ context: null, element })),
    ...shared.flatMap((elements, index) => elements.map((element) => ({ context: contexts[index] ?? null, element }))),
    ...computedConfig(stack, request.ports.settings.accountName).map((element) => ({ context: null, element })),
  ];
  const strongest = new Map<string, RuntimeElement>();
  for (const candidate of candidates) {
    const key = `${candidate.element.type} ${candidate.element.name}`;
    if (!strongest.has(key)) strongest.set(key, candidate);
  }
  return [...strongest.values()];
}

export const stackConfig: Pick<StackResolvers, 'config' | 'configElement' | 'runtimeConfig' | 'attachedContexts'> = {
  config: (stack, _, request) => ownConfig(stack, request),
  configElement: async (stack, { id }, request) => (await ownConfig(stack, request)).find((element) => element.name === id) ?? null,
  runtimeConfig: (stack, _, request) => runtimeConfig(stack, request),
  attachedContexts: (stack, _, { loaders }) => loaders.contextsOf(stack),
};

export const StackContextAttachment: StackContextAttachmentResolvers = {
  id: (attached) => attached.attachmentId,
  contextId: ({ context }) => context.id,
  contextName: ({ context }) => context.name,
  contextDescription: ({ context }) => context.description,
  contextLabels: ({ context }) => context.labels,
  config: (attached, _, request) => configOfContext(attached, request),
};
