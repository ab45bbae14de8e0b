import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type pg from 'pg';
import { changesSession, execute, openPool, SERVICE_LIMITS, toException, type Limits } from './data-api-session.ts';
import { ServiceException, type WireParameter } from './data-api-types.ts';

export interface DataApiCall {
  readonly operation: 'Execute' | 'BatchExecute' | 'BeginTransaction' | 'CommitTransaction' | 'RollbackTransaction';
  readonly database?: string;
  readonly sql?: string;
  readonly transactionId?: string;
}

export interface DataApiServer {
  readonly url: string;
  target(database: string): { readonly resourceArn: string; readonly secretArn: string; readonly database: string };
  /** Hears of every call before it is served; what it returns is answered instead, and nothing runs. Returns how to stop hearing. */
  intercept(listener: (call: DataApiCall) => ServiceException | undefined): () => void;
  /** Hears how many bytes each call was answered with. */
  onAnswer(listener: (call: DataApiCall, bytes: number) => void): () => void;
  /** Ends what is open in a database. */
  forget(database: string): Promise<void>;
  close(): Promise<void>;
}

interface Body {
  readonly resourceArn?: string;
  readonly secretArn?: string;
  readonly database?: string;
  readonly schema?: string;
  readonly sql?: string;
  readonly transactionId?: string;
  readonly parameters?: readonly WireParameter[];
  readonly parameterSets?: readonly (readonly WireParameter[])[];
}

interface Transaction {
  readonly database: string;
  readonly client: pg.PoolClient;
  busy: boolean;
  expiry: NodeJS.Timeout;
}

const RESOURCE = 'arn:aws:rds:eu-west-1:123456789012:cluster:windlass';
const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:windlass-AbCdEf';

const STATUS: Readonly<Record<string, number>> = {
  AccessDeniedException: 403, ForbiddenException: 403, NotFoundException: 404, DatabaseNotFoundException: 404, TransactionNotFoundException: 404,
  InternalServerErrorException: 500, ServiceUnavailableError: 503, DatabaseUnavailableException: 504,
};

/** As a paused cluster answers. */
export const resuming = (): ServiceException => new ServiceException('DatabaseResumingException', 'The Aurora DB instance is resuming after being auto-paused. Please wait a few seconds and try again.');

/** The RDS Data API over a real PostgreSQL: its REST shape, typing and limits; `postgresUrl` names the server by any of its databases. */
export async function startDataApi(postgresUrl: string, overrides: Partial<Limits> = {}): Promise<DataApiServer> {
  const limits: Limits = { ...SERVICE_LIMITS, ...overrides };
  const pools = new Map<string, pg.Pool>();
  const transactions = new Map<string, Transaction>();
  const interceptors = new Set<(call: DataApiCall) => ServiceException | undefined>();
  const observers = new Set<(call: DataApiCall, bytes: number) => void>();

  function poolOf(database: string): pg.Pool {
    const url = new URL(postgresUrl);
    url.pathname = `/${database}`;
    const pool = pools.get(database) ?? openPool(url.href, limits);
    pools.set(database, pool);
    return pool;
  }

  async function connect(database: string | undefined): Promise<pg.PoolClient> {
    if (database === undefined) throw new ServiceException('BadRequestException', 'Database name is not provided');
    return poolOf(database).connect().catch((error: unknown) => {
      throw toException(error);
    });
  }

  /** Takes the transaction for one call; a second one meanwhile is refused. */
  async function within<T>(id: string, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const transaction = transactions.get(id);
    if (transaction === undefined) throw new ServiceException('TransactionNotFoundException', `Transaction ${id} is not found`);
    if (transaction.busy) throw new ServiceException('DatabaseErrorException', 'Transaction is still running a query');
    transaction.busy = true;
    clearTimeout(transaction.expiry);
    try {
      return await work(transaction);
    } finally {
      transaction.busy = false;
      if (transactions.has(id)) transaction.expiry = expireLater(id);
    }
  }

  function expireLater(id: string): NodeJS.Timeout {
    return setTimeout(() => void end(id), limits.idleTransactionMs).unref();
  }

  /** The connection goes too, and with it whatever the transaction did. */
  function end(id: string): void {
    const transaction = transactions.get(id);
    if (transaction === undefined) return;
    clearTimeout(transaction.expiry);
    transactions.delete(id);
    transaction.client.release(true);
  }

  async function run<T>(body: Body, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    if (body.transactionId !== undefined) return within(body.transactionId, ({ client }) => work(client));
    const client = await connect(body.database);
    try {
      return await work(client);
    } finally {
      client.release(changesSession(body.sql ?? ''));
    }
  }

  const operations: Record<DataApiCall['operation'], (body: Body) => Promise<object>> = {
    Execute: (body) => run(body, (client) => execute(client, body.sql ?? '', body.parameters ?? [], limits)),
    BatchExecute: (body) =>
      run(body, async (client) => {
        const sets = body.parameterSets ?? [[]];
        for (const set of sets) await execute(client, body.sql ?? '', set, limits);
        return { updateResults: sets.map(() => ({ generatedFields: [] })) };
      }),
    async BeginTransaction(body) {
      const client = await connect(body.database);
      await client.query('begin');
      const id = randomUUID();
      transactions.set(id, { database: body.database ?? '', client, busy: false, expiry: expireLater(id) });
      return { transactionId: id };
    },
    CommitTransaction: (body) => finish(body, 'commit', 'Transaction Committed'),
    RollbackTransaction: (body) => finish(body, 'rollback', 'Rollback Complete'),
  };

  async function finish({ transactionId = '' }: Body, command: 'commit' | 'rollback', transactionStatus: string): Promise<object> {
    return within(transactionId, async ({ client, expiry }) => {
      const result = await client.query(command);
      clearTimeout(expiry);
      transactions.delete(transactionId);
      client.release();
      return { transactionStatus: result.command === 'ROLLBACK' ? 'Rollback Complete' : transactionStatus };
    });
  }

  async function answer(request: IncomingMessage): Promise<{ readonly call: DataApiCall; readonly answer: object }> {
    const operation = (request.url ?? '').slice(1) as DataApiCall['operation'];
    const body = JSON.parse((await read(request, limits.requestBytes)) || '{}') as Body;
    const call: DataApiCall = { operation, database: body.database, sql: body.sql, transactionId: body.transactionId };
    for (const listener of interceptors) {
      const refusal = listener(call);
      if (refusal !== undefined) throw refusal;
    }
    if (request.method !== 'POST' || !(operation in operations)) throw new ServiceException('NotFoundException', `no operation ${request.method} ${request.url}`);
    if (body.resourceArn !== RESOURCE || body.secretArn !== SECRET) throw new ServiceException('BadRequestException', 'The cluster or the secret is not found');
    if (body.schema !== undefined) throw new ServiceException('BadRequestException', 'Schema parameter is not supported');
    return { call, answer: await operations[operation](body) };
  }

  const server = createServer((request, response) => {
    answer(request).then(
      ({ call, answer }) => {
        const text = JSON.stringify(answer);
        for (const observer of observers) observer(call, Buffer.byteLength(text));
        response.writeHead(200, { 'content-type': 'application/json' }).end(text);
      },
      (error: unknown) => {
        const { name, message } = error instanceof ServiceException ? error : new ServiceException('InternalServerErrorException', String(error));
        response.writeHead(STATUS[name] ?? 400, { 'content-type': 'application/json', 'x-amzn-errortype': name }).end(JSON.stringify({ message }));
      },
    );
  });
  // A client that comes back to an idle connection must find it; a test that forgets the server must not hang.
  server.keepAliveTimeout = 0;
  server.on('connection', (socket) => socket.unref());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();

  const listen = <L>(listeners: Set<L>, listener: L) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  async function forget(database: string): Promise<void> {
    for (const [id, transaction] of transactions) if (transaction.database === database) end(id);
    await pools.get(database)?.end();
    pools.delete(database);
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: (database) => ({ resourceArn: RESOURCE, secretArn: SECRET, database }),
    intercept: (listener) => listen(interceptors, listener),
    onAnswer: (listener) => listen(observers, listener),
    forget,
    async close() {
      await Promise.all([...pools.keys()].map(forget));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(request: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
  }
  if (bytes > maxBytes) throw new ServiceException('BadRequestException', 'The request is too large');
  return Buffer.concat(chunks).toString();
}
