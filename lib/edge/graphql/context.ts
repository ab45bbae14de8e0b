import type { Ports } from '../../core/ports/ports.ts';
import type { Actor } from '../../core/shared/actor.ts';
import { unauthorized } from './errors.ts';
import type { Holding } from './holding.ts';
import { loaders, type Loaders } from './loaders.ts';

export interface RequestFacts {
  readonly requestId: string;
  readonly remoteIp: string;
  /** Free text that a client attaches to the runs it starts or confirms. */
  readonly runMetadata: string | null;
}

/** What every resolver gets; made once per request. */
export interface GraphqlContext {
  readonly ports: Ports;
  /** The caller; undefined without a valid session. */
  readonly visitor: Actor | undefined;
  /** The caller, or `unauthorized`. */
  readonly actor: Actor;
  readonly loaders: Loaders;
  readonly request: RequestFacts;
  /** Present when the client likes its answers held until something is new. */
  readonly holding: Holding | undefined;
}

export function graphqlContext(ports: Ports, visitor: Actor | undefined, request: RequestFacts, holding?: Holding): GraphqlContext {
  return {
    ports,
    visitor,
    get actor() {
      if (visitor === undefined) throw unauthorized();
      return visitor;
    },
    loaders: loaders(ports, visitor),
    request,
    holding,
  };
}
