// Billing units of the emulated services: https://aws.amazon.com/api-gateway/pricing/,
// https://aws.amazon.com/dynamodb/pricing/on-demand/, https://aws.amazon.com/lambda/pricing/, https://aws.amazon.com/sqs/pricing/,
// https://aws.amazon.com/secrets-manager/pricing/, https://aws.amazon.com/cloudwatch/pricing/, https://aws.amazon.com/ec2/pricing/on-demand/#Data_Transfer.

/** Units by service. */
interface UnitsOf {
  /** WebSocket messages in either direction, in increments of 32 KB; HTTP API requests in increments of 512 KB. */
  readonly apigateway: 'WebSocket messages' | 'connection minutes' | 'HTTP API requests';
  /** Writes to tables with replicas count as replicated, in the region of the write and in every other one. */
  readonly dynamodb: 'write request units' | 'replicated write request units' | 'read request units';
  /** Billed milliseconds times the memory in GB (1,024 MB). */
  readonly lambda: 'requests' | 'arm64 GB-ms' | 'x86_64 GB-ms';
  /** In increments of 64 KB. */
  readonly sqs: 'requests' | 'FIFO requests';
  readonly secretsmanager: 'API calls';
  /** Text of each event plus 26 bytes. */
  readonly logs: 'bytes ingested';
  /** Payloads, without the overhead of TLS, HTTP and WebSocket frames. */
  readonly datatransfer: 'bytes to the internet' | 'bytes to other regions';
}

/** An amount of one billing unit. */
export type Usage = {
  [Service in keyof UnitsOf]: {
    readonly service: Service;
    readonly unit: UnitsOf[Service];
    /** Table, function, queue, API or secret; for data transfer the target region. */
    readonly resource: string;
    /** Operation of the service's API, or the purpose of the usage. */
    readonly operation: string;
    readonly amount: number;
  };
}[keyof UnitsOf];

/**
 * Bytes that a log event adds to its text.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
 */
const LOG_EVENT = 26;

/** Ingested bytes of a log event. */
export function logBytes(text: string): number {
  return Buffer.byteLength(text) + LOG_EVENT;
}

/** Number of billing increments, at least one. */
export function stepsOf(bytes: number, step: number): number {
  return Math.max(1, Math.ceil(bytes / step));
}
