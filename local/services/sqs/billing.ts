// Billing of SQS: one request for each 64 KB of payload. https://aws.amazon.com/sqs/pricing/
import type { Clock } from '../../support/clock';
import { type Meter, stepsOf } from '../../metering';
import { entriesOf } from './batch';
import { sizeOf } from './messages';
import type { QueueSettings } from './queue';

const STEP = 64 * 1_024;
/**
 * Concurrent receives with which Lambda polls an empty queue, and how long each one waits. The number is that of the batches
 * that Lambda starts with. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html Milliseconds.
 */
const IDLE_POLLERS = 5;
const LONG_POLL = 20_000;

type Fields = Readonly<Record<string, unknown>>;
type BilledQueue = Pick<QueueSettings, 'name' | 'fifo'>;

/** @param bytes size of the messages in the request */
export function meterRequest(meter: Meter, queue: BilledQueue | undefined, operation: string, bytes: number): void {
  meter.add({
    service: 'sqs',
    resource: queue?.name ?? '',
    operation,
    amount: stepsOf(bytes, STEP),
    unit: queue?.fifo === true ? 'FIFO requests' : 'requests',
  });
}

/** Size of the messages in a request or in its result. Bytes. */
export function payloadOf(operation: string, fields: Fields, result: object): number {
  const { Messages: received = [] } = result as { Messages?: readonly Fields[] };
  const sent = operation === 'SendMessage' ? [fields] : operation === 'SendMessageBatch' ? entriesOf(fields) : [];
  const sizes = [
    ...sent.map(({ MessageBody: body, MessageAttributes: own }) => sizeOf(String(body), (own ?? {}) as Fields)),
    ...received.map(({ Body: body, MessageAttributes: own }) => sizeOf(String(body), (own ?? {}) as Fields)),
  ];
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * Counts the empty receives of Lambda's pollers. The local poller waits for a message without requests, so empty receives are
 * derived from the elapsed time. Receives that return messages are counted separately.
 */
export class IdlePolls {
  private since: number | undefined;

  public constructor(
    private readonly meter: Meter,
    private readonly queue: BilledQueue,
    private readonly clock: Clock,
  ) {
    meter.onRead(() => {
      this.accrue();
    });
  }

  public start(): void {
    this.since = this.clock.now();
  }

  private accrue(): void {
    if (this.since === undefined) return;
    const rounds = Math.floor((this.clock.now() - this.since) / LONG_POLL);
    if (rounds === 0) return;
    this.since += rounds * LONG_POLL;
    const unit = this.queue.fifo ? 'FIFO requests' : 'requests';
    const operation = 'ReceiveMessage of a poller, empty';
    this.meter.add({ service: 'sqs', unit, resource: this.queue.name, operation, amount: rounds * IDLE_POLLERS });
  }
}
