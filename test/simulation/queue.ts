// A region's FIFO queues and what polls them: the local cloud's own, on the virtual clock.
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
import type { Kernel, Scheduled } from './kernel';
import type { SimRegion } from './region';
import type { World } from './world';

/** As the constructs set them. Milliseconds. */
export interface SimQueueSettings {
  readonly name: string;
  /** The function behind it. */
  readonly functionName: string;
  readonly functionTimeout: number;
  /** Until an unfinished message is received again. */
  readonly visibilityTimeout: number;
  readonly batchSize: number;
  readonly retention: number;
  readonly maxReceives: number;
  readonly maxConcurrency: number;
  /** Whether what the function does has to be done exactly once, whatever the queue does. */
  readonly isExact: boolean;
}

/** As the adapters set it; the SDK gives up on an answer after this. Milliseconds. */
const ATTEMPTS = 3;
const TIMEOUT = 3_000;

/** Does the work of a batch, and returns the ids of the records that have to be received again. */
export type Work<Deps> = (deps: Deps, event: SQSEvent, deadline: number) => Promise<readonly string[]>;

type Invoked = { payload: unknown; error?: { errorType: string; errorMessage: string } };

export class SimQueue<Deps> {
  private readonly queue: Queue;
  private readonly function: SimFunction<Deps>;

  public constructor(
    private readonly world: World,
    region: SimRegion,
    private readonly settings: SimQueueSettings,
    makeDeps: (instance: Instance) => Deps,
    private readonly work: Work<Deps>,
  ) {
    const { name, functionName, functionTimeout, retention, maxReceives, maxConcurrency } = settings;
    const { kernel } = world;
    const clock = clockOf(kernel);
    const queueSettings = {
      ...{ name, fifo: true, contentBasedDeduplication: false, deduplicatesByGroup: true },
      ...{ visibilityTimeout: settings.visibilityTimeout, delay: 0, receiveWait: 0, maxBytes: 1024 * 1024 },
      ...{ retention, maxReceiveCount: maxReceives },
    };
    const newId = (): string => world.newId('q');
    const bury = settings.isExact ? undefined : (): void => undefined;
    this.queue = new Queue(queueSettings, { clock, newId, hash: (body) => body, toDeadLetter: bury });
    this.function = new SimFunction(world, region, functionName, functionTimeout, makeDeps);
    const source = { queueArn: name, functionArn: functionName, region: region.name, maxConcurrency };
    new EventSourceMapping(
      { ...source, batchSize: settings.batchSize, batchingWindow: 0, reportsBatchItemFailures: true },
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
    if (command instanceof SendMessageBatchCommand) {
      for (const { MessageBody: body = '', MessageGroupId: groupId = '', MessageDeduplicationId: once = '' } of command
        .input.Entries ?? []) {
        this.queue.send({ body, groupId, deduplicationId: once });
      }
      return {};
    }
    if (command instanceof ChangeMessageVisibilityBatchCommand) {
      for (const { ReceiptHandle: receipt = '', VisibilityTimeout: seconds = 0 } of command.input.Entries ?? []) {
        this.queue.changeVisibility(receipt, seconds * 1_000);
      }
      return {};
    }
    throw new Error('the simulation does not know this command of SQS');
  }

  private async invoke(event: SQSEvent): Promise<Invoked> {
    const { faults, kernel, random } = this.world;
    if (faults.strikes('queue-slow', 'receive')) await kernel.sleep(random.between(100, 3_000));
    const outcome = await this.function.invoke(
      (deps, deadline) => this.work(deps, event, deadline),
      this.settings.isExact,
    );
    if ('failed' in outcome) return { payload: undefined, error: { errorType: 'Error', errorMessage: outcome.failed } };
    // Done, and not deleted: all of it is delivered again.
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
