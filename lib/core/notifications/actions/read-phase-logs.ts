import { readRunLogs } from '../../handovers/actions/read-run-logs.ts';
import type { Ports } from '../../ports/ports.ts';
import type { RunState } from '../../runs/run-states.ts';
import type { Run } from '../../runs/run.ts';

const CUT = '\n… (the rest of the log is left out)';

/** The logs of some phases as text, each cut to its share of what fits. */
export async function readPhaseLogs(ports: Pick<Ports, 'db' | 'objects' | 'clock'>, run: Run, states: readonly RunState[], maxBytes: number): Promise<ReadonlyMap<RunState, string>> {
  const share = Math.floor(maxBytes / Math.max(states.length, 1));
  const logs = await Promise.all(states.map(async (state) => [state, await readLog(ports, run, state, share)] as const));
  return new Map(logs);
}

async function readLog(ports: Pick<Ports, 'db' | 'objects' | 'clock'>, run: Run, state: RunState, maxBytes: number): Promise<string> {
  let text = '';
  for (let token: string | null = null; ;) {
    const page: Awaited<ReturnType<typeof readRunLogs>> = await readRunLogs(ports, { run, state, stateVersion: null, token });
    text += page.messages.map(({ message }) => (message.endsWith('\n') ? message : `${message}\n`)).join('');
    // Escapes of JSON may double what a text takes.
    if (JSON.stringify(text).length > maxBytes) return `${shortened(text, maxBytes - CUT.length)}${CUT}`;
    if (!page.hasMore || page.nextToken === token) return text;
    token = page.nextToken;
  }
}

function shortened(text: string, maxBytes: number): string {
  let length = Math.min(text.length, maxBytes);
  while (length > 0 && Buffer.byteLength(JSON.stringify(text.slice(0, length))) > maxBytes) length = Math.floor(length * 0.9);
  return text.slice(0, length);
}
