import type { LogStart, LogUrlsResponse } from '../../../protocol/worker-api.ts';
import type { Ports } from '../../ports/ports.ts';
import { invalid } from '../../shared/errors.ts';
import type { Worker } from '../../workers/worker.ts';
import type { Run } from '../../runs/run.ts';
import { chunkKey, endKey, type LogAddress } from '../run-log.ts';
import { loadHandover, type HandoverCall } from './load-handover.ts';

const URL_SECONDS = 3600;
const MAX_URLS = 64;
const MAX_SEQUENCE = 99_999_999;
/** A worker writes before the server has heard of its steps. */
const STEPS_AHEAD = 3;
/** Most states print no more than this. */
const FIRST_CHUNKS = 3;

export interface LogUrlsInput extends HandoverCall {
  readonly stateVersion: number;
  readonly first: number;
  readonly count: number;
  /** Also the address of the marker that closes the log. */
  readonly end?: boolean | undefined;
}

/**
 * Addresses for the next chunks of a log, also of the states that come next: a worker asks while its transitions are on the way.
 * Each can be written once: what a reader has seen never changes.
 */
export async function logUrls(ports: Pick<Ports, 'db' | 'objects' | 'clock'>, worker: Pick<Worker, 'id'>, input: LogUrlsInput): Promise<LogUrlsResponse> {
  const run = await loadHandover(ports, worker, input);
  const { stateVersion, first, count } = input;
  if (!isWithin(count, 0, MAX_URLS) || !isWithin(first, 0, MAX_SEQUENCE - MAX_URLS)) throw invalid(`log addresses are given for up to ${MAX_URLS} chunks from a sequence number of at least 0`);
  if (!isWithin(stateVersion, 0, run.stateVersion + STEPS_AHEAD)) throw invalid(`run ${run.id} has no state version ${stateVersion} yet`, { stateVersion: run.stateVersion });

  return sign(ports, { runId: run.id, stateVersion }, { first, count, end: input.end === true });
}

/** The first addresses for the log of the run's state and of those to which its worker takes it, so that it need not ask. */
export function firstLogs(ports: Pick<Ports, 'objects' | 'clock'>, run: Pick<Run, 'id' | 'stateVersion'>): Promise<readonly LogStart[]> {
  const versions = Array.from({ length: STEPS_AHEAD + 1 }, (_, steps) => run.stateVersion + steps);
  return Promise.all(versions.map(async (stateVersion) => ({ stateVersion, ...(await sign(ports, { runId: run.id, stateVersion }, { first: 0, count: FIRST_CHUNKS, end: true })) })));
}

async function sign(ports: Pick<Ports, 'objects' | 'clock'>, log: LogAddress, wanted: { readonly first: number; readonly count: number; readonly end: boolean }): Promise<LogUrlsResponse> {
  const options = { ttlSeconds: URL_SECONDS, createOnly: true } as const;
  const [end, ...chunks] = await Promise.all([
    wanted.end ? ports.objects.presignPut('run-logs', endKey(log), options) : undefined,
    ...Array.from({ length: wanted.count }, (_, index) => ports.objects.presignPut('run-logs', chunkKey(log, wanted.first + index), options)),
  ]);
  const signed = [end, ...chunks].filter((put) => put !== undefined);
  // The store knows of ends before the one asked for: an address lives no longer than what signed it.
  const endsAt = Math.min(ports.clock.now().getTime() + URL_SECONDS * 1000, ...signed.map(({ expiresAt }) => expiresAt.getTime()));
  return { urls: chunks.map((chunk) => chunk?.url ?? ''), endUrl: end?.url ?? null, expiresAt: new Date(endsAt).toISOString() };
}

const isWithin = (value: number, least: number, most: number) => Number.isInteger(value) && value >= least && value <= most;
