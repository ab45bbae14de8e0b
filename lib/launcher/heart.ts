import type { Heartbeat } from '../protocol/messages.ts';
import type { MqttLink } from './mqtt-link.ts';
import type { HeartbeatAnswer, ServerApi } from './server-api.ts';
import { ulid } from './ulid.ts';

export interface HeartState {
  readonly state: 'idle' | 'busy';
  readonly runId?: string;
  readonly lease?: number;
  readonly phase?: string;
}

export interface HeartOptions {
  readonly bootId: string;
  readonly link: MqttLink;
  readonly api: ServerApi;
  readonly state: () => HeartState;
  readonly busySeconds: number;
  readonly idleSeconds: number;
  /** What the server says when asked over HTTP. */
  readonly onAnswer: (answer: HeartbeatAnswer) => void;
  readonly onError: (error: unknown) => void;
}

/** Over HTTP once the broker has been away this long. */
const HTTP_AFTER_MS = 15_000;
const SETTLE_MS = 500;

/** Tells the server that this worker lives, at intervals and at each change. */
export class Heart {
  readonly #options: HeartOptions;
  #sequence = 0;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HeartOptions) {
    this.#options = options;
  }

  /** Beats now, and from now on. */
  beat(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    const { bootId, link, api, state, busySeconds, idleSeconds, onAnswer, onError } = this.#options;
    const now = state();
    const message: Heartbeat = { v: 1, type: 'heartbeat', id: ulid(), ts: new Date().toISOString(), bootId, seq: ++this.#sequence, ...now };
    if (!link.publish(message) && link.downMs >= HTTP_AFTER_MS) api.heartbeat(message).then(onAnswer, onError);
    const seconds = now.state === 'busy' ? busySeconds : idleSeconds;
    // While the broker is away, look again soon whether HTTP is due.
    this.#timer = setTimeout(() => this.beat(), link.isConnected ? seconds * 1000 : Math.min(seconds * 1000, HTTP_AFTER_MS));
  }

  /** A claim or a release said already what changed, so the beat that repeats it may wait until the work that follows has begun. */
  changed(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.beat(), SETTLE_MS);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
}
