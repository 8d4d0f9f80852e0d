// Emulated latencies of AWS, added to the time of this machine. All contenders get the same.
import type { Services } from '../../local/services/registry';

/** A request to DynamoDB in the same region: single-digit milliseconds. Milliseconds. */
export const DYNAMODB = 5;
/** A request to SQS, by functions and pollers. https://bitesizedserverless.com/bite/serverless-messaging-latency-compared/ Milliseconds. */
export const SQS = 10;
/** A post to a connection: 5 to 20 ms are usual. Milliseconds. */
export const CALLBACK = 20;

/** @param callback time of a post to a connection. Milliseconds */
export function emulateLatencies({ faults }: Pick<Services, 'faults'>, callback = CALLBACK): void {
  faults.set('dynamodb', { slow: DYNAMODB });
  faults.set('sqs', { slow: SQS });
  faults.set('callbacks', { slow: callback });
}
