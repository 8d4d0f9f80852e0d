// What SQS bills: requests, each step of 64 KB of their payload as one more. https://aws.amazon.com/sqs/pricing/
import type { Clock } from '../../support/clock';
import { type Meter, stepsOf } from '../../metering';
import { entriesOf } from './batch';
import { sizeOf } from './messages';
import type { QueueSettings } from './queue';

const STEP = 64 * 1_024;
/**
 * Lambda polls a queue on which nothing is with so many receives at once, each of which waits this long. The number is that of the
 * batches it begins with. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html Milliseconds.
 */
const IDLE_POLLERS = 5;
const LONG_POLL = 20_000;

type Fields = Readonly<Record<string, unknown>>;
type BilledQueue = Pick<QueueSettings, 'name' | 'fifo'>;

/** @param bytes of the messages in it */
export function meterRequest(meter: Meter, queue: BilledQueue | undefined, operation: string, bytes: number): void {
  meter.add({
    service: 'sqs', resource: queue?.name ?? '', operation, amount: stepsOf(bytes, STEP),
    unit: queue?.fifo === true ? 'FIFO requests' : 'requests',
  });
}

/** Bytes of the messages in a request, or in its result. */
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
 * The receives of Lambda's pollers that bring nothing. The local cloud's own poller waits without asking; so they are added by
 * the time that has passed, whatever else came: those that bring something are counted besides.
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
