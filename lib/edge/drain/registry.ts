import type { Ports } from '../../core/ports/ports.ts';
import { PermanentFailure, type Envelope, type MessageType } from '../../core/shared/messages.ts';

export interface Subscription {
  readonly name: string;
  handle(ports: Ports, body: unknown, envelope: Envelope): Promise<void>;
}

/** Binds a message type to what handles it. The body is parsed once here; one that does not parse is permanent. */
export function on<Body>(type: MessageType<Body>, handler: (ports: Ports, body: Body, envelope: Envelope) => Promise<unknown>): Subscription {
  return {
    name: type.name,
    async handle(ports, raw, envelope) {
      let body: Body;
      try {
        body = type.schema.parse(raw);
      } catch (cause) {
        throw new PermanentFailure(`a message ${type.name} of unknown shape`, { cause });
      }
      await handler(ports, body, envelope);
    },
  };
}

/** Hands a message to its one handler; an unknown name is permanent. */
export function registry(subscriptions: readonly Subscription[]): (ports: Ports, message: Envelope) => Promise<void> {
  const byName = new Map(subscriptions.map((subscription) => [subscription.name, subscription]));
  return async (ports, message) => {
    const subscription = byName.get(message.name);
    if (subscription === undefined) throw new PermanentFailure(`no handler for message ${message.name}`);
    await ports.telemetry.span(`message ${message.name}`, () => subscription.handle(ports, message.body, message), message.traceParent);
  };
}
