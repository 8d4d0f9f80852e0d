/** An answer of DynamoDB: status, and body as JSON text. */
export interface EngineAnswer {
  readonly status: number;
  readonly body: string;
}

/** Stores tables and answers DynamoDB's JSON protocol. Only `DynamoDbService` calls it. */
export interface DynamoDbEngine {
  /** @param operation name such as `PutItem` */
  call(operation: string, body: string): Promise<EngineAnswer>;
  stop(): Promise<void>;
}
