import { PostgresQueryCompiler, type KyselyPlugin, type RootOperationNode } from 'kysely';
import { kyselyDatabase } from '../../lib/adapters/sql/kysely-database.ts';
import type { Ports } from '../../lib/core/ports/ports.ts';

/** How often each kind of call was made, by names such as `sql`, `objects.put`, `broker.publish`. */
export type CallCounts = Readonly<Record<string, number>>;

export interface CallCounter {
  /** The same ports, counted. */
  readonly ports: Ports;
  readonly counts: CallCounts;
  /** Texts of the statements, oldest first; BEGIN and COMMIT are none. */
  readonly statements: readonly string[];
  /** Adds calls that are not made through ports: requests, messages handled. */
  count(name: string, by?: number): void;
  reset(): void;
  /** What `work` called. */
  during(work: () => Promise<unknown>): Promise<CallCounts>;
}

/** The ports of which each call is one to a service on AWS. */
const SERVICES = ['objects', 'cipher', 'signer', 'broker', 'certificates', 'queue'] as const;

/** Ports that count: every statement as the database gets it, and every call of a port behind which another service stands. */
export function callCounter(ports: Ports): CallCounter {
  const counts = new Map<string, number>();
  const statements: string[] = [];
  const count = (name: string, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by);
  const counted = Object.fromEntries(SERVICES.map((port) => [port, counting(ports[port], (method) => count(`${port}.${method}`))]));
  const seen = (text: string) => {
    count('sql');
    statements.push(text);
  };
  const db = kyselyDatabase(ports.db.sql.withPlugin(statementPlugin(seen)), ports.telemetry);
  const transaction: typeof db.transaction = (work) => {
    count('sql.transaction');
    return db.transaction(work);
  };
  return {
    ports: { ...ports, ...counted, db: { ...db, transaction } },
    get counts() {
      return Object.fromEntries(counts);
    },
    statements,
    count,
    reset() {
      counts.clear();
      statements.length = 0;
    },
    async during(work) {
      const before = Object.fromEntries(counts);
      await work();
      return Object.fromEntries([...counts].map(([name, times]) => [name, times - (before[name] ?? 0)] as const).filter(([, times]) => times > 0));
    },
  };
}

function counting<Port extends object>(port: Port, called: (method: string) => void): Port {
  return new Proxy(port, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function' || typeof key !== 'string') return member;
      return (...args: readonly unknown[]): unknown => {
        called(key);
        return Reflect.apply(member, target, args);
      };
    },
  });
}

/** A statement counts when its answer comes: what is only compiled, as a part of another, does not. */
function statementPlugin(seen: (text: string) => void): KyselyPlugin {
  const nodes = new WeakMap<object, RootOperationNode>();
  return {
    transformQuery({ node, queryId }) {
      nodes.set(queryId, node);
      return node;
    },
    async transformResult({ result, queryId }) {
      const node = nodes.get(queryId);
      seen(node === undefined ? '' : new PostgresQueryCompiler().compileQuery(node, queryId).sql);
      return result;
    },
  };
}
