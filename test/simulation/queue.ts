// A region's FIFO queues and their event source mappings: those of the local cloud, on the virtual clock.
import {
  ChangeMessageVisibilityBatchCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import type { Clock } from '../../local/support/clock';
import { EventSourceMapping } from '../../local/services/sqs/event-source';
import { Queue } from '../../local/services/sqs/queue';
import { type Instance, SimFunction } from './instance';
import type { Kernel, Scheduled } from '../../load/simulation/kernel';
import type { RegionStatus, WorldServices } from './world-services';

/** Settings of a queue and its function, as the constructs set them. Times in milliseconds. */
export interface SimQueueSettings {
  readonly name: string;
  /** The function that the queue invokes. */
  readonly functionName: string;
  readonly functionTimeout: number;
  /** Time until an unprocessed message is received again. */
  readonly visibilityTimeout: number;
  readonly batchSize: number;
  readonly retention: number;
  readonly maxReceives: number;
  readonly maxConcurrency: number;
  /** Whether the function must take effect exactly once, even when the queue delivers a message twice. */
  readonly isExactlyOnce: boolean;
}

/** Attempts of a request, as the adapters set them. */
const ATTEMPTS = 3;
/** Timeout of an attempt, as the adapters set it. Milliseconds. */
const TIMEOUT = 3_000;

/** How long an idle queue is polled at once: a schedule may last months. A message that arrives ends the wait. Milliseconds. */
export const POLL_WAIT = 86_400_000;

export interface SimQueueOptions<Deps> {
  readonly settings: SimQueueSettings;
  /** Creates the dependencies of the function, in every instance. */
  readonly makeDeps: (instance: Instance) => Deps;
  /** Processes a batch. Returns the ids of the records that must be received again. */
  readonly processBatch: (deps: Deps, event: SQSEvent, deadline: number) => Promise<readonly string[]>;
}

type Invoked = { payload: unknown; error?: { errorType: string; errorMessage: string } };

export class SimQueue<Deps> {
  private readonly queue: Queue;
  private readonly function: SimFunction<Deps>;

  public constructor(
    private readonly world: WorldServices,
    region: RegionStatus,
    private readonly options: SimQueueOptions<Deps>,
  ) {
    const { settings, makeDeps } = options;
    const { name, functionName, functionTimeout, retention, maxReceives, maxConcurrency } = settings;
    const { kernel } = world;
    const clock = clockOf(kernel);
    const queueSettings = {
      name,
      fifo: true,
      contentBasedDeduplication: false,
      deduplicatesByGroup: true,
      visibilityTimeout: settings.visibilityTimeout,
      delay: 0,
      receiveWait: 0,
      maxBytes: 1024 * 1024,
      retention,
      maxReceiveCount: maxReceives,
    };
    const newId = (): string => world.newId('q');
    const discard = settings.isExactlyOnce ? undefined : (): void => undefined;
    this.queue = new Queue(queueSettings, { clock, newId, hash: (body) => body, toDeadLetter: discard });
    this.function = new SimFunction(world, region, { name: functionName, timeout: functionTimeout, makeDeps });
    const source = { queueArn: name, functionArn: functionName, region: region.name, maxConcurrency };
    new EventSourceMapping(
      { ...source, batchSize: settings.batchSize, batchingWindow: 0, reportsBatchItemFailures: true },
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

  /** An instance's SQS client, with the AWS SDK's retries. */
  public client(instance: Instance): Pick<SQSClient, 'send'> {
    const send = async (command: unknown): Promise<object> => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.attemptSend(instance, command);
        } catch (error) {
          if (attempt === ATTEMPTS) throw error;
          await instance.runtime.sleep(this.world.random.between(0, 50 * 2 ** attempt));
        }
      }
    };
    return { send };
  }

  private async attemptSend(instance: Instance, command: unknown): Promise<object> {
    const { faults, random } = this.world;
    const latency = random.between(5, 60);
    const perform = (): object => this.perform(command);
    if (faults.occurs('queue-failed', instance.name)) {
      await instance.step(latency, 'queue', () => undefined);
      throw new Error('ServiceUnavailable');
    }
    if (faults.occurs('queue-answer-lost', instance.name)) {
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
    if (command instanceof SendMessageBatchCommand) {
      return this.each(
        command.input.Entries,
        ({ MessageBody = '', MessageGroupId = '', MessageDeduplicationId = '' }) => {
          this.queue.send({ body: MessageBody, groupId: MessageGroupId, deduplicationId: MessageDeduplicationId });
        },
      );
    }
    if (command instanceof ChangeMessageVisibilityBatchCommand) {
      return this.each(command.input.Entries, ({ ReceiptHandle = '', VisibilityTimeout = 0 }) => {
        this.queue.changeVisibility(ReceiptHandle, VisibilityTimeout * 1_000);
      });
    }
    throw new Error('the simulation does not implement this SQS command');
  }

  /**
   * Performs the entries of a batch request, each of which succeeds or fails for itself, though the request succeeds.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
   */
  private each<E extends { readonly Id: string | undefined }>(
    entries: readonly E[] | undefined,
    perform: (entry: E) => void,
  ): { readonly Failed: readonly { Id: string | undefined; Code: string }[] } {
    const Failed: { Id: string | undefined; Code: string }[] = [];
    for (const entry of entries ?? []) {
      if (this.world.faults.occurs('queue-batch-partial', 'entry'))
        Failed.push({ Id: entry.Id, Code: this.world.random.chance(0.5) ? 'InternalError' : 'ThrottlingException' });
      else perform(entry);
    }
    return { Failed };
  }

  private async invoke(event: SQSEvent): Promise<Invoked> {
    const { faults, kernel, random } = this.world;
    if (faults.occurs('queue-slow', 'receive')) await kernel.sleep(random.between(100, 3_000));
    const outcome = await this.function.invoke(
      (deps, deadline) => this.options.processBatch(deps, event, deadline),
      this.options.settings.isExactlyOnce,
    );
    if ('failed' in outcome) return { payload: undefined, error: { errorType: 'Error', errorMessage: outcome.failed } };
    // Processed, but not deleted: the whole batch is delivered again.
    if (faults.occurs('queue-delivered-twice', 'delete')) {
      return { payload: undefined, error: { errorType: 'Error', errorMessage: 'lost' } };
    }
    return { payload: { batchItemFailures: outcome.value.map((itemIdentifier) => ({ itemIdentifier })) } };
  }
}

/** The virtual clock as a clock of the local cloud. */
export function clockOf(kernel: Kernel): Clock {
  return {
    now: () => Math.floor(kernel.now()),
    after: (ms, callback) => ({ handle: kernel.after(ms, callback) }),
    clear: ({ handle }) => {
      kernel.cancel(handle as Scheduled);
    },
  };
}
