import type { AwsResponse } from '../../types';

/** An error of SQS, with its name in the JSON protocol and its name in the query protocol, which SDKs still read. */
export class SqsError extends Error {
  public constructor(
    public readonly shape: string,
    public readonly queryName: string,
    message: string,
  ) {
    super(message);
  }

  public toResponse(): AwsResponse {
    return {
      status: 400,
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-query-error': `${this.queryName};Sender` },
      body: JSON.stringify({ __type: `com.amazonaws.sqs#${this.shape}`, message: this.message }),
    };
  }
}

export function noSuchQueue(): SqsError {
  return new SqsError(
    'QueueDoesNotExist',
    'AWS.SimpleQueueService.NonExistentQueue',
    'The specified queue does not exist.',
  );
}

export function invalidParameter(message: string): SqsError {
  return new SqsError('InvalidParameterValueException', 'InvalidParameterValue', message);
}

export function missingParameter(name: string): SqsError {
  const message = `The request must contain the parameter ${name}.`;
  return new SqsError('MissingRequiredParameterException', 'MissingParameter', message);
}
