import { invalid } from '../shared/errors.ts';

export const NO_DRIFT_LIMIT = -1;
const MAX_NAME = 255;
const MAX_DESCRIPTION = 10_000;
const MAX_LABELS = 100;

export interface PoolSettings {
  readonly name: string;
  readonly description: string;
  readonly labels: readonly string[];
  readonly driftRunLimit: number;
}

/** Settings within their limits, or INVALID that names the field. */
export function checkedPoolSettings(settings: PoolSettings): PoolSettings {
  const name = settings.name.trim();
  if (name === '') throw invalid('a worker pool needs a name', { field: 'name' });
  if (name.length > MAX_NAME) throw invalid(`the name of a worker pool has at most ${MAX_NAME} characters`, { field: 'name' });
  if (settings.description.length > MAX_DESCRIPTION)
    throw invalid(`the description has at most ${MAX_DESCRIPTION} characters`, { field: 'description' });
  const labels = [...new Set(settings.labels.map((label) => label.trim()))];
  if (labels.includes('')) throw invalid('a label cannot be empty', { field: 'labels' });
  if (labels.length > MAX_LABELS) throw invalid(`a worker pool has at most ${MAX_LABELS} labels`, { field: 'labels' });
  if (labels.some((label) => label.length > MAX_NAME)) throw invalid(`a label has at most ${MAX_NAME} characters`, { field: 'labels' });
  if (!Number.isInteger(settings.driftRunLimit) || settings.driftRunLimit < NO_DRIFT_LIMIT) {
    throw invalid('driftDetectionRunLimit is -1 (no limit), 0 (no drift detection) or a number of runs', { field: 'driftDetectionRunLimit' });
  }
  return { name, description: settings.description, labels, driftRunLimit: settings.driftRunLimit };
}
