// A region's inbox: a standard queue of the local cloud on the virtual clock, its senders in other regions, and its function.
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { inboxRecordsOf, SqsInbox } from '../../lambda/adapters/sqs/inbox-queue';
import { type InboxDeps, processInbox } from '../../lambda/core/regions/inbox';
import { PEER_TIMEOUT } from '../../lambda/core/regions/peers';
import type { Inbox } from '../../lambda/core/regions/ports';
import type { MessagesPush } from '../../protocol';
import { EventSourceMapping } from '../../local/services/sqs/event-source';
import { Queue } from '../../local/services/sqs/queue';
import { type Instance, SimFunction } from './instance';
import { clockOf, POLL_WAIT } from './queue';
import type { RegionStatus, WorldServices } from './world-services';

/** As set by lib/queues/inbox-queue.ts and lib/functions/realtime-functions.ts. Milliseconds. */
const TIMEOUT = 25_000;
const VISIBILITY_TIMEOUT = 6 * TIMEOUT;
const RETENTION = 15 * 60_000;
const MAX_RECEIVES = 3;
/** Interval in which messages are received as one batch. Milliseconds. */
const POLL = 50;
/** Longest time in which a region cannot send to another. Milliseconds. */
const MAX_CUT = 60_000;

export class SimInbox {
  private readonly queue: Queue;
  private readonly function: SimFunction<InboxDeps>;
  /** By sending region: until then, no message arrives. */
  private readonly cutUntil = new Map<string, number>();
  private readonly arrivalListeners: { readonly channel: string; readonly run: (delay: number) => void }[] = [];

  public constructor(
    private readonly world: WorldServices,
    private readonly region: RegionStatus,
    makeDeps: (instance: Instance) => InboxDeps,
  ) {
    const clock = clockOf(world.kernel);
    const settings = {
      name: 'inbox',
      fifo: false,
      contentBasedDeduplication: false,
      deduplicatesByGroup: false,
      visibilityTimeout: VISIBILITY_TIMEOUT,
      delay: 0,
      receiveWait: 0,
      maxBytes: 1024 * 1024,
      retention: RETENTION,
      maxReceiveCount: MAX_RECEIVES,
    };
    const discard = (): void => {
      world.faults.count('peer-dead-letter', region.name);
    };
    this.queue = new Queue(settings, {
      clock,
      newId: () => world.newId('q'),
      hash: (body) => body,
      toDeadLetter: discard,
    });
    this.function = new SimFunction(world, region, { name: 'inbox', timeout: TIMEOUT, makeDeps });
    new EventSourceMapping(
      {
        queueArn: 'inbox',
        functionArn: 'inbox',
        region: region.name,
        batchSize: 10,
        batchingWindow: 0,
        maxConcurrency: 1_000,
        reportsBatchItemFailures: true,
      },
      {
        queue: this.queue,
        invoker: { invoke: (_, event) => this.invoke(event as SQSEvent) },
        clock,
        pollWait: POLL_WAIT,
        onError: (error) => {
          throw error;
        },
      },
    ).start();
  }

  /** The inbox adapter of an instance in another region, with a client that does not retry. */
  public of(instance: Instance): Inbox {
    const send = (command: unknown): Promise<object> => this.send(instance, command);
    return new SqsInbox('inbox', () => ({ send }));
  }

  /** Calls back once when the next message for a channel arrives, with the milliseconds until it is received. */
  public onNextArrival(channel: string, run: (delay: number) => void): void {
    this.arrivalListeners.push({ channel, run });
  }

  private async send(instance: Instance, command: unknown): Promise<object> {
    const { faults, kernel, random } = this.world;
    if (!(command instanceof SendMessageCommand)) throw new Error('the simulation does not implement this SQS command');
    const body = command.input.MessageBody ?? '';
    const from = instance.region.name;
    const route = `${from} to ${this.region.name}`;
    if (faults.occurs('pair-cut', route)) this.cutUntil.set(from, kernel.now() + random.between(0, MAX_CUT));
    const cutUntil = Math.max(this.cutUntil.get(from) ?? 0, this.world.cutUntil(from, this.region.name));
    const isCut = kernel.now() < Math.max(cutUntil, this.region.downUntil);
    if (isCut || faults.occurs('peer-send-lost', route)) {
      // The message may have arrived although the answer is lost.
      await instance.step(PEER_TIMEOUT, 'inbox', () => {
        if (!isCut && random.chance(0.5)) this.put(body);
      });
      throw new Error('TimeoutError');
    }
    const latency = random.between(40, 200);
    if (faults.occurs('peer-send-failed', route)) {
      await instance.step(latency, 'inbox', () => undefined);
      throw new Error('ServiceUnavailable');
    }
    return instance.step(latency, 'inbox', () => {
      this.put(body);
      if (faults.occurs('peer-delivered-twice', route)) this.put(body);
      return {};
    });
  }

  /** A standard queue keeps no order: each message has its own delay until a poller receives it. */
  private put(body: string): void {
    const { faults, kernel, random } = this.world;
    const slow = faults.occurs('peer-slow', this.region.name);
    const at = kernel.now() + (slow ? random.between(100, 5_000) : random.between(0, 40));
    const delay = Math.ceil(at / POLL) * POLL - kernel.now();
    this.queue.send({ body, delay });
    if (this.arrivalListeners.length === 0) return;
    const { channel } = JSON.parse(body) as MessagesPush;
    const due = this.arrivalListeners.filter((one) => one.channel === channel);
    this.arrivalListeners.splice(0, Infinity, ...this.arrivalListeners.filter((one) => one.channel !== channel));
    for (const { run } of due) run(delay);
  }

  private async invoke(
    event: SQSEvent,
  ): Promise<{ payload: unknown; error?: { errorType: string; errorMessage: string } }> {
    const outcome = await this.function.invoke((deps, deadline) => processInbox(deps, inboxRecordsOf(event), deadline));
    if ('failed' in outcome) return { payload: undefined, error: { errorType: 'Error', errorMessage: outcome.failed } };
    return { payload: { batchItemFailures: outcome.value.map((itemIdentifier) => ({ itemIdentifier })) } };
  }
}
