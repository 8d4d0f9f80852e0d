// A region's inbox: a standard queue of the local cloud, on the virtual clock, its senders in other regions, and its function.
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { inboxRecordsOf, SqsInbox } from '../../lambda/adapters/sqs/inbox-queue';
import { type InboxDeps, receive } from '../../lambda/core/regions/inbox';
import { PEER_TIMEOUT } from '../../lambda/core/regions/peers';
import type { Inbox } from '../../lambda/core/regions/ports';
import type { MessagesPush } from '../../protocol';
import { EventSourceMapping } from '../../local/services/sqs/event-source';
import { Queue } from '../../local/services/sqs/queue';
import { type Instance, SimFunction } from './instance';
import { clockOf } from './queue';
import type { SimRegion } from './region';
import type { World } from './world';

/** As the constructs set them: lib/queues/inbox-queue.ts, lib/functions/realtime-functions.ts. Milliseconds. */
const TIMEOUT = 25_000;
const VISIBILITY_TIMEOUT = 6 * TIMEOUT;
const RETENTION = 15 * 60_000;
const MAX_RECEIVES = 3;
/** What comes within so long is received together. Milliseconds. */
const POLL = 50;
/** How long a region can't send to another, at most. Milliseconds. */
const CUT = 60_000;

export class SimInbox {
  private readonly queue: Queue;
  private readonly function: SimFunction<InboxDeps>;
  /** By sending region: nothing gets through until then. */
  private readonly cutUntil = new Map<string, number>();
  private readonly waiting: { readonly channel: string; readonly run: (delay: number) => void }[] = [];

  public constructor(
    private readonly world: World,
    private readonly region: SimRegion,
    makeDeps: (instance: Instance) => InboxDeps,
  ) {
    const clock = clockOf(world.kernel);
    const settings = {
      ...{ name: 'inbox', fifo: false, contentBasedDeduplication: false, deduplicatesByGroup: false },
      ...{ visibilityTimeout: VISIBILITY_TIMEOUT, delay: 0, receiveWait: 0, maxBytes: 1024 * 1024 },
      ...{ retention: RETENTION, maxReceiveCount: MAX_RECEIVES },
    };
    const bury = (): void => {
      world.faults.note('peer-dead-letter', region.name);
    };
    this.queue = new Queue(settings, {
      clock,
      newId: () => world.newId('q'),
      hash: (body) => body,
      toDeadLetter: bury,
    });
    this.function = new SimFunction(world, region, 'inbox', TIMEOUT, makeDeps);
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
        onError: (error) => {
          throw error;
        },
      },
    ).start();
  }

  /** The inbox as an instance of another region has it: its adapter, with a client that tries once. */
  public of(instance: Instance): Inbox {
    const send = (command: unknown): Promise<object> => this.take(instance, command);
    return new SqsInbox('inbox', () => ({ send }));
  }

  /** Runs something when the next message for a channel comes: with the milliseconds until it is received. */
  public whenNext(channel: string, run: (delay: number) => void): void {
    this.waiting.push({ channel, run });
  }

  private async take(instance: Instance, command: unknown): Promise<object> {
    const { faults, kernel, random } = this.world;
    if (!(command instanceof SendMessageCommand)) throw new Error('the simulation does not know this command of SQS');
    const body = command.input.MessageBody ?? '';
    const from = instance.region.name;
    const where = `${from} to ${this.region.name}`;
    if (faults.strikes('pair-cut', where)) this.cutUntil.set(from, kernel.now() + random.between(0, CUT));
    const isCut = kernel.now() < Math.max(this.cutUntil.get(from) ?? 0, this.region.downUntil);
    if (isCut || faults.strikes('peer-send-lost', where)) {
      // It may have arrived all the same; only the answer does not come.
      await instance.step(PEER_TIMEOUT, 'inbox', () => {
        if (!isCut && random.chance(0.5)) this.put(body);
      });
      throw new Error('TimeoutError');
    }
    const latency = random.between(40, 200);
    if (faults.strikes('peer-send-failed', where)) {
      await instance.step(latency, 'inbox', () => undefined);
      throw new Error('ServiceUnavailable');
    }
    return instance.step(latency, 'inbox', () => {
      this.put(body);
      if (faults.strikes('peer-delivered-twice', where)) this.put(body);
      return {};
    });
  }

  /** A standard queue keeps no order: each message takes its own time, until the next look of a poller. */
  private put(body: string): void {
    const { faults, kernel, random } = this.world;
    const slow = faults.strikes('peer-slow', this.region.name);
    const at = kernel.now() + (slow ? random.between(100, 5_000) : random.between(0, 40));
    const delay = Math.ceil(at / POLL) * POLL - kernel.now();
    this.queue.send({ body, delay });
    if (this.waiting.length === 0) return;
    const { channel } = JSON.parse(body) as MessagesPush;
    const due = this.waiting.filter((one) => one.channel === channel);
    this.waiting.splice(0, Infinity, ...this.waiting.filter((one) => one.channel !== channel));
    for (const { run } of due) run(delay);
  }

  private async invoke(
    event: SQSEvent,
  ): Promise<{ payload: unknown; error?: { errorType: string; errorMessage: string } }> {
    const outcome = await this.function.invoke((deps, deadline) => receive(deps, inboxRecordsOf(event), deadline));
    if ('failed' in outcome) return { payload: undefined, error: { errorType: 'Error', errorMessage: outcome.failed } };
    return { payload: { batchItemFailures: outcome.value.map((itemIdentifier) => ({ itemIdentifier })) } };
  }
}
