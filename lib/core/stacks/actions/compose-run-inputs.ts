import type { Hooks, PackageFile, PackageVariable } from '../../../protocol/job.ts';
import { openConfig } from '../../contexts/actions/seal-config.ts';
import { listConfig, type SealedConfig } from '../../contexts/config-store.ts';
import type { ConfigOwner } from '../../contexts/config.ts';
import { contextsOfStack } from '../../contexts/context-store.ts';
import type { AttachedContext } from '../../contexts/context.ts';
import type { Ports } from '../../ports/ports.ts';
import { invalid } from '../../shared/errors.ts';
import { listSpaces } from '../../spaces/space-store.ts';
import { computedVariables, type RunFacts } from '../computed-variables.ts';
import { mergeFiles, mergeHooks, mergeVariables, variablesOnly, type Level } from '../environment.ts';
import type { InputSources } from '../input-sources.ts';
import type { RunSettings } from '../run-settings.ts';
import type { Stack } from '../stack.ts';

type Needs = Pick<Ports, 'db' | 'cipher' | 'objects' | 'settings'>;

/** Of all files of a run together: they travel in its package. */
const MAX_FILES_BYTES = 20 * 1024 * 1024;

export interface RunInputs {
  readonly env: readonly PackageVariable[];
  readonly files: readonly PackageFile[];
  readonly hooks: Hooks;
}

/** Variables, files and hooks of a run from all their sources, secrets opened: what goes into the sealed package. */
export async function composeRunInputs(ports: Needs, input: { readonly stack: Stack; readonly settings: RunSettings; readonly run: RunFacts; readonly sources?: InputSources | undefined }): Promise<RunInputs> {
  const { stack, settings, run } = input;
  const { contexts, elements } = input.sources ?? (await readSources(ports, stack));
  const owners = ownersOf(stack, contexts);
  const ofOwner = async (owner: ConfigOwner): Promise<Level> => toLevel(ports, elements.filter((element) => element.owner.type === owner.type && element.owner.id === owner.id));
  const [own, ...shared] = await Promise.all(owners.map(ofOwner));

  const levels: readonly Level[] = [
    { variables: run.environmentOverrides.map(({ key, value }) => ({ name: key, value, secret: false })), files: [] },
    variablesOnly(settings.environment),
    ...(own ? [own] : []),
    variablesOnly(settings.environmentDefaults),
    ...shared,
    { variables: computedVariables(ports.settings.accountName, stack, settings.projectRoot, run), files: [] },
  ];
  const files = mergeFiles(levels);
  const bytes = files.reduce((sum, file) => sum + Buffer.byteLength(file.content, 'base64'), 0);
  if (bytes > MAX_FILES_BYTES) throw invalid(`the mounted files of stack "${stack.id}" have ${bytes} bytes together: at most 20 MB can be mounted`, { stack: stack.id });
  return { env: mergeVariables(levels), files, hooks: mergeHooks(settings.hooks, contexts) };
}

async function readSources({ db }: Pick<Ports, 'db'>, stack: Stack): Promise<InputSources> {
  const contexts = await contextsOfStack(db.sql, stack, await listSpaces(db.sql));
  return { contexts, elements: await listConfig(db.sql, ownersOf(stack, contexts)) };
}

const ownersOf = (stack: Pick<Stack, 'id'>, contexts: readonly AttachedContext[]): readonly ConfigOwner[] => [
  { type: 'stack', id: stack.id },
  ...contexts.map(({ context }) => ({ type: 'context', id: context.id }) as const),
];

async function toLevel(ports: Pick<Ports, 'cipher' | 'objects'>, elements: readonly SealedConfig[]): Promise<Level> {
  const opened = await Promise.all(elements.map(async (element) => ({ element, bytes: await openConfig(ports, element) })));
  return {
    variables: opened.filter(({ element }) => element.type === 'ENVIRONMENT_VARIABLE').map(({ element, bytes }) => ({ name: element.name, value: bytes.toString('utf8'), secret: element.writeOnly })),
    files: opened
      .filter(({ element }) => element.type === 'FILE_MOUNT')
      .map(({ element, bytes }) => ({ path: element.name, content: bytes.toString('base64'), mode: element.fileMode, secret: element.writeOnly })),
  };
}
