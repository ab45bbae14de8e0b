import { existsSync, lstatSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as semver from 'semver';
import { RunFailure } from './handover-parts.ts';
import { readOfStep } from './run-folder.ts';
import type { StepUser } from './step.ts';

export const BACKEND_FILE = 'managed_state_backend.tf';
const BACKEND = 'terraform {\n  backend "http" {}\n}\n';

/** Puts the backend block into the project; addresses and password come by environment only. */
export function injectBackend(toolFolder: string, tool: { readonly command: string; readonly version: string } | undefined): void {
  if (tool?.command === 'terraform' && semver.lt(tool.version, '0.13.2')) throw new RunFailure('managed state needs Terraform 0.13.2 or later');
  const path = join(toolFolder, BACKEND_FILE);
  if (existsSync(path) || lstatSync(path, { throwIfNoEntry: false })) {
    throw new RunFailure(`the repository holds a file ${BACKEND_FILE}, the name under which the managed state is set up; rename it, or create the stack with external state`);
  }
  writeFileSync(path, BACKEND, { flag: 'wx', mode: 0o644 });
}

/** After `init`: a backend in an override file replaces the injected one without a word, so what the tool settled on is looked at. */
export function checkBackend(toolFolder: string, env: Readonly<Record<string, string>>, user: StepUser | undefined): void {
  const settled = readOfStep(join(resolve(toolFolder, env.TF_DATA_DIR || '.terraform'), 'terraform.tfstate'), user);
  const backend = settled === undefined ? undefined : backendOf(settled);
  if (backend?.type === 'http' && (backend.config?.address ?? null) === null) return;
  const found = typeof backend?.type === 'string' && backend.type !== 'http' ? `backend "${backend.type}"` : 'another backend';
  throw new RunFailure(`the configuration sets up ${found} instead of the managed state; remove its backend or cloud block (look into *_override.tf files), or create the stack with external state`);
}

function backendOf(text: string): { type?: unknown; config?: { address?: unknown } | null } | undefined {
  try {
    return (JSON.parse(text) as { backend?: { type?: unknown; config?: { address?: unknown } | null } }).backend;
  } catch {
    return undefined;
  }
}
