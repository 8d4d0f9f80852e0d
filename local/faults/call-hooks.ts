/** One call of an emulated AWS API. */
export interface AwsCall {
  /** The service's name here: `dynamodb`, `sqs`, `apigateway` for a post to a connection, … */
  readonly service: string;
  /** `PutItem`; for services that route by path, the method. */
  readonly operation: string;
}

/** Phase of a call: before it takes effect, or after it did and before its answer is sent. */
export type CallPhase = 'before' | 'after';

/**
 * Hooks on the calls of AWS APIs over HTTP, for tests that kill a function or lose an answer at that point. `lost`: the caller
 * gets no answer, and in the phase `before` the call has no effect.
 */
export class CallHooks {
  public onCall: (call: AwsCall, phase: CallPhase) => Promise<'lost' | undefined> = () => Promise.resolve(undefined);
}
