import type { Telemetry } from '../../core/ports/telemetry.ts';

type Handler = (args: unknown) => Promise<unknown>;

/** Any client of the SDK. */
interface Client {
  readonly middlewareStack: {
    add(
      middleware: (next: Handler, context: { readonly commandName?: string }) => Handler,
      options: { readonly step: 'initialize'; readonly name: string; readonly override: boolean },
    ): void;
  };
}

/** Makes a span of each call of a client, its repetitions included: `aws.<service>.<operation>`. */
export function observeCalls<C>(client: C, service: string, telemetry: Pick<Telemetry, 'span'>): C {
  (client as unknown as Client).middlewareStack.add(
    (next, context) => (args) => telemetry.span(`aws.${service}.${(context.commandName ?? 'call').replace(/Command$/, '')}`, () => next(args)),
    { step: 'initialize', name: 'observeCalls', override: true },
  );
  return client;
}
