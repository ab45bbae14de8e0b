/** One value on its way in or out; exactly one member is set. */
export interface DataApiField {
  readonly isNull?: boolean;
  readonly booleanValue?: boolean;
  readonly longValue?: number;
  readonly doubleValue?: number;
  readonly stringValue?: string;
  readonly blobValue?: Uint8Array;
}

export interface DataApiParameter {
  readonly name?: string;
  readonly value?: DataApiField;
  readonly typeHint?: 'JSON' | 'TIMESTAMP';
}

export interface DataApiColumn {
  readonly name?: string;
  /** The name in the result, where it was given one. */
  readonly label?: string;
  readonly typeName?: string;
}

/** Which cluster, and as whom. */
export interface DataApiTarget {
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database: string;
}

interface Statement extends DataApiTarget {
  readonly sql: string;
  readonly transactionId?: string;
}

export interface ExecuteInput extends Statement {
  readonly parameters?: readonly DataApiParameter[];
  readonly includeResultMetadata?: boolean;
  /** Lets the statement run on after the service's 45 seconds. */
  readonly continueAfterTimeout?: boolean;
}

export interface ExecuteOutput {
  readonly records?: readonly (readonly DataApiField[])[];
  /** Only of statements that return rows. */
  readonly columnMetadata?: readonly DataApiColumn[];
  /** Of a statement that returns rows always 0. */
  readonly numberOfRecordsUpdated?: number;
}

export interface BatchExecuteInput extends Statement {
  readonly parameterSets?: readonly (readonly DataApiParameter[])[];
}

export interface TransactionInput extends Pick<DataApiTarget, 'resourceArn' | 'secretArn'> {
  readonly transactionId: string;
}

/**
 * The calls of the RDS Data API, as the SDK's client has them. Errors carry the service's exception in `name`. A client that repeats
 * calls by itself must be told not to (`maxAttempts: 1`): only the caller knows which statement may run twice.
 */
export interface DataApiClient {
  executeStatement(input: ExecuteInput): Promise<ExecuteOutput>;
  batchExecuteStatement(input: BatchExecuteInput): Promise<unknown>;
  beginTransaction(input: DataApiTarget): Promise<{ readonly transactionId?: string }>;
  commitTransaction(input: TransactionInput): Promise<unknown>;
  rollbackTransaction(input: TransactionInput): Promise<unknown>;
}
