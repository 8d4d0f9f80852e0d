import type { EntryMessage } from '../log/log-store';
import type { Tail } from '../log/tail';

/** A publish on its way to the log. */
export interface QueuedPublish {
  readonly channel: string;
  readonly from: string;
  /** Complete, with an id each. */
  readonly messages: readonly EntryMessage[];
  /**
   * It may have been sent before, so long ago that the queue has forgotten: where to look for it in the log.
   *
   * @default - the queue itself knows whether it was sent before
   */
  readonly since?: Tail;
}

/** A queue's message, as its writer receives it, at least once. */
export interface QueueRecord {
  readonly id: string;
  readonly body: string;
  /** Messages of one group come in order. */
  readonly group: string | undefined;
  /** `<queue>:<number>`: a later message of the same group has a greater number, of up to 39 decimal digits. */
  readonly sequence: string | undefined;
  /** How often it has been received. */
  readonly receiveCount: number;
  /** What tells this receive from others. */
  readonly receipt: string;
}

/** Where publishes wait for their channel's writer, in order. */
export interface PublishQueue {
  /** Stores it; one with the same sender's same messages within five minutes is stored once. */
  send(publish: QueuedPublish): Promise<void>;
  /** Lets records that could not be written be received again, after so many seconds. At best effort. */
  receiveAgain(records: readonly QueueRecord[], seconds: number): Promise<void>;
}
