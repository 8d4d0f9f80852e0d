// A region's publish queue and what polls it: the local cloud's own, on the virtual clock.
import { ChangeMessageVisibilityBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { recordsOf } from '../../lambda/adapters/publish-queue';
import { type QueueBatchDeps, writeBatch } from '../../lambda/core/queue-batch';
import type { Clock } from '../../local/clock';
import { EventSourceMapping } from '../../local/sqs/event-source';
import { Queue } from '../../local/sqs/queue';
import { type Instance, SimFunction } from './instance';
import type { Kernel, Scheduled } from './kernel';
import type { SimRegion } from './region';
import type { World } from './world';

/** As lib/private/realtime-functions.ts and lib/storage/publish-queue.ts set them. Milliseconds. */
const WRITER_TIMEOUT = 30_000;
const VISIBILITY_TIMEOUT = 6 * WRITER_TIMEOUT;
const MAX_RECEIVES = 100;
/** As lambda/writer sets it, and SimFunction a second itself. Milliseconds. */
const APPEND_RESERVE = 11_000;
/** As the adapter sets it; the SDK gives up on an answer after this. Milliseconds. */
const ATTEMPTS = 3;
const TIMEOUT = 3_000;

export class SimQueue {
  private readonly queue: Queue;
  private readonly writer: SimFunction<QueueBatchDeps>;

  public constructor(
    private readonly world: World,
    region: SimRegion,
    makeDeps: (instance: Instance) => QueueBatchDeps,
  ) {
    const { kernel } = world;
    const clock = clockOf(kernel);
    const settings = {
      ...{ name: 'publish.fifo', fifo: true, contentBasedDeduplication: false, deduplicatesByGroup: true },
      ...{ visibilityTimeout: VISIBILITY_TIMEOUT, delay: 0, receiveWait: 0, maxBytes: 1024 * 1024 },
      ...{ retention: 14 * 86_400_000, maxReceiveCount: MAX_RECEIVES },
    };
    const newId = (): string => world.newId('q');
    this.queue = new Queue(settings, clock, newId, (body) => body, undefined);
    this.writer = new SimFunction(world, region, 'writer', WRITER_TIMEOUT, makeDeps);
    const invoke = (
      event: unknown,
    ): Promise<{ payload: unknown; error?: { errorType: string; errorMessage: string } }> =>
      this.invoke(event as SQSEvent);
    const source = { queueArn: 'publish.fifo', functionArn: 'writer', region: region.name };
    new EventSourceMapping(
      this.queue,
      { invoke: (_, event) => invoke(event) },
      clock,
      (error) => {
        throw error;
      },
      { ...source, batchSize: 10, batchingWindow: 0, maxConcurrency: 1_000, reportsBatchItemFailures: true },
    ).start();
  }

  /** Stands in for the SQS client of an instance, with the retries that the AWS SDK makes by itself. */
  public client(instance: Instance): Pick<SQSClient, 'send'> {
    const send = async (command: unknown): Promise<object> => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.once(instance, command);
        } catch (error) {
          if (attempt === ATTEMPTS) throw error;
          await instance.runtime.sleep(this.world.random.between(0, 50 * 2 ** attempt));
        }
      }
    };
    return { send };
  }

  private async once(instance: Instance, command: unknown): Promise<object> {
    const { faults, random } = this.world;
    const latency = random.between(5, 60);
    const perform = (): object => this.perform(command);
    if (faults.strikes('queue-failed', instance.name)) {
      await instance.step(latency, 'queue', () => undefined);
      throw new Error('ServiceUnavailable');
    }
    if (faults.strikes('queue-answer-lost', instance.name)) {
      await instance.step(TIMEOUT, 'queue', perform);
      throw new Error('TimeoutError');
    }
    return instance.step(latency, 'queue', perform);
  }

  private perform(command: unknown): object {
    if (command instanceof SendMessageCommand) {
      const { MessageBody: body = '', MessageGroupId: groupId = '', MessageDeduplicationId: once = '' } = command.input;
      return this.queue.send({ body, groupId, deduplicationId: once });
    }
    if (command instanceof ChangeMessageVisibilityBatchCommand) {
      for (const { ReceiptHandle: receipt = '', VisibilityTimeout: seconds = 0 } of command.input.Entries ?? []) {
        this.queue.changeVisibility(receipt, seconds * 1_000);
      }
      return {};
    }
    throw new Error('the simulation does not know this command of SQS');
  }

  private async invoke(
    event: SQSEvent,
  ): Promise<{ payload: unknown; error?: { errorType: string; errorMessage: string } }> {
    const { faults, kernel, random } = this.world;
    if (faults.strikes('queue-slow', 'receive')) await kernel.sleep(random.between(100, 3_000));
    // Exactly once, whatever the queue does: nothing may be stored twice.
    const outcome = await this.writer.invoke(
      (deps, deadline) => writeBatch(deps, recordsOf(event), deadline - APPEND_RESERVE),
      true,
    );
    if ('failed' in outcome) return { payload: undefined, error: { errorType: 'Error', errorMessage: outcome.failed } };
    // Written, and not deleted: all of it is delivered again.
    if (faults.strikes('queue-delivered-twice', 'delete')) {
      return { payload: undefined, error: { errorType: 'Error', errorMessage: 'lost' } };
    }
    return { payload: { batchItemFailures: outcome.value.map((itemIdentifier) => ({ itemIdentifier })) } };
  }
}

/** The virtual clock, as the local cloud takes one. */
export function clockOf(kernel: Kernel): Clock {
  return {
    now: () => Math.floor(kernel.now()),
    after: (ms, callback) => ({ handle: kernel.after(ms, callback) }),
    clear: ({ handle }) => {
      kernel.cancel(handle as Scheduled);
    },
  };
}
