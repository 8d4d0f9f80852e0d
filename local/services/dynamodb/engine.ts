/** An answer of DynamoDB: its status, and its body as JSON text. */
export interface EngineAnswer {
  readonly status: number;
  readonly body: string;
}

/** Something that stores tables and answers DynamoDB's JSON protocol. Only the front calls it. */
export interface DynamoDbEngine {
  /** @param operation `PutItem` and so on */
  call(operation: string, body: string): Promise<EngineAnswer>;
  stop(): Promise<void>;
}
