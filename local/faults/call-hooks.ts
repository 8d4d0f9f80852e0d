/** One call of an emulated AWS API. */
export interface AwsCall {
  /** The service's name here: `dynamodb`, `sqs`, `apigateway` for a post to a connection, … */
  readonly service: string;
  /** `PutItem`; for services that route by path, the method. */
  readonly operation: string;
}

/** When a call can be met: before it takes effect, and after it did, before its answer goes out. */
export type CallPhase = 'before' | 'after';

/**
 * Meets every call of an AWS API by HTTP, for tests that let a function die or an answer get lost right there. `lost`: the
 * caller gets no answer, and before its effect, the call has none.
 */
export class CallHooks {
  public onCall: (call: AwsCall, phase: CallPhase) => Promise<'lost' | undefined> = () => Promise.resolve(undefined);
}
