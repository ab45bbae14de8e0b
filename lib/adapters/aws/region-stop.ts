import { FUNCTIONS } from '../../core/shared/functions.ts';
import { TICK_NAMES, type TickName } from '../../core/shared/ticks.ts';
import { jsonCall, serviceUrl, signedCalls, type Answer, type AwsEnvironment } from './signed-call.ts';

/** The rule and the function that would try again what failed here: they are stopped last. */
const LAST: { readonly rule: TickName; readonly function: string } = { rule: 'tick', function: 'drain-cron' };
const MAPPINGS = '/2015-03-31/event-source-mappings/';

interface Mappings {
  readonly EventSourceMappings?: readonly { readonly UUID?: string; readonly FunctionArn?: string; readonly State?: string }[];
  readonly NextMarker?: string | null;
}

/**
 * Stops what starts functions of an installation, as an operator's command does: its schedules and the triggers of its queues, whose messages
 * stay where they are. Each part may be repeated; the scheduler's own are the last.
 */
export function regionStop(environment: AwsEnvironment, prefix: string): () => Promise<void> {
  const call = signedCalls(environment);

  async function mappings() {
    const found: { readonly id: string; readonly function: string; readonly stopped: boolean }[] = [];
    let marker: string | undefined;
    do {
      const url = serviceUrl(environment, 'lambda', MAPPINGS);
      if (marker !== undefined) url.searchParams.set('Marker', marker);
      const page = JSON.parse(expected(await call({ service: 'lambda', method: 'GET', url })).body.toString('utf8')) as Mappings;
      for (const { UUID: id = '', FunctionArn: arn = '', State: state = '' } of page.EventSourceMappings ?? []) {
        const name = arn.split(':')[6] ?? '';
        const own = name.startsWith(`${prefix}-`) ? name.slice(prefix.length + 1) : '';
        if (Object.hasOwn(FUNCTIONS, own)) found.push({ id, function: own, stopped: state === 'Disabled' || state === 'Disabling' });
      }
      marker = page.NextMarker ?? undefined;
    } while (marker !== undefined && marker !== '');
    return found;
  }

  async function stopMapping(id: string): Promise<void> {
    const url = serviceUrl(environment, 'lambda', `${MAPPINGS}${id}`);
    const headers = { 'content-type': 'application/json' };
    expected(await call({ service: 'lambda', method: 'PUT', url, headers, body: Buffer.from('{"Enabled":false}') }), 202, 404);
  }

  async function stopRule(name: TickName): Promise<void> {
    const answer = await call(jsonCall('events', serviceUrl(environment, 'events'), 'AWSEvents.DisableRule', { Name: `${prefix}-${name}` }));
    // An installation without a licence to ask for has no rule for it.
    if (answer.status !== 200 && !answer.body.toString('utf8').includes('ResourceNotFoundException')) expected(answer);
  }

  return async () => {
    const working = (await mappings()).filter(({ stopped }) => !stopped);
    for (const mapping of working) if (mapping.function !== LAST.function) await stopMapping(mapping.id);
    for (const name of TICK_NAMES) if (name !== LAST.rule) await stopRule(name);
    await stopRule(LAST.rule);
    for (const mapping of working) if (mapping.function === LAST.function) await stopMapping(mapping.id);
  };
}

function expected(answer: Answer, ...also: readonly number[]): Answer {
  if (answer.status !== 200 && !also.includes(answer.status)) throw new Error(`the service answered ${answer.status}`);
  return answer;
}
