// What AWS bills by, of the services that are emulated: https://aws.amazon.com/api-gateway/pricing/,
// https://aws.amazon.com/dynamodb/pricing/on-demand/, https://aws.amazon.com/lambda/pricing/, https://aws.amazon.com/sqs/pricing/,
// https://aws.amazon.com/secrets-manager/pricing/, https://aws.amazon.com/cloudwatch/pricing/, https://aws.amazon.com/ec2/pricing/on-demand/#Data_Transfer.

/** The units of each service. */
interface UnitsOf {
  /** Messages either way, of WebSocket APIs, in steps of 32 KB; requests to HTTP APIs in steps of 512 KB. */
  readonly apigateway: 'WebSocket messages' | 'connection minutes' | 'HTTP API requests';
  /** Replicated ones are those of tables with replicas: in the region of the write, and in each other. */
  readonly dynamodb: 'write request units' | 'replicated write request units' | 'read request units';
  /** Billed milliseconds times the function's memory in GB: 1,024 MB. */
  readonly lambda: 'requests' | 'arm64 GB-ms' | 'x86_64 GB-ms';
  /** In steps of 64 KB. */
  readonly sqs: 'requests' | 'FIFO requests';
  readonly secretsmanager: 'API calls';
  /** Each event's text, and 26 bytes. */
  readonly logs: 'bytes ingested';
  /** Payloads: what TLS, HTTP and the frames of WebSockets add is not counted. */
  readonly datatransfer: 'bytes to the internet' | 'bytes to other regions';
}

/** Some amount of something that is billed. */
export type Usage = {
  [Service in keyof UnitsOf]: {
    readonly service: Service;
    readonly unit: UnitsOf[Service];
    /** The table, function, queue, API, secret, or region that data goes to. */
    readonly resource: string;
    /** The operation of the service's API; where there is none, what it was for. */
    readonly operation: string;
    readonly amount: number;
  };
}[keyof UnitsOf];

/**
 * What an event of a log adds to the bytes of its text.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
 */
const LOG_EVENT = 26;

/** Bytes that a log takes in with an event. */
export function logBytes(text: string): number {
  return Buffer.byteLength(text) + LOG_EVENT;
}

/** How many steps of a size something takes: one at least. */
export function stepsOf(bytes: number, step: number): number {
  return Math.max(1, Math.ceil(bytes / step));
}
