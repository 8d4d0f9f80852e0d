import type { Cursor, LocatedMessage, Rewind, SubscribeOk } from '../../../../protocol';
import type { Command } from '../effects';

interface Waiting {
  /** Messages that can't be delivered yet. At most `MAX_WAITING`. */
  waiting: readonly LocatedMessage[];
  /** Messages were dropped since the last subscribe was sent, because too many were waiting. */
  hasOverflowed: boolean;
}

export type ChannelStatus =
  | { readonly name: 'detached' }
  /** Pushes that arrive before the answer to the subscribe are waiting. */
  | (Waiting & { readonly name: 'subscribing' })
  /** Messages that arrived before their predecessors are waiting. */
  | (Waiting & {
      readonly name: 'live';
      /** The time runs after which the predecessors are requested. */
      hasGapTimer: boolean;
    });

/** Work that an event left to do: in parts, because a listener that runs between them may detach or resubscribe the channel. */
export type ChannelTask =
  /** Send the subscribe. */
  { readonly type: 'request' } | DeliveryTask;

/** Deliver messages, one per transition. */
export interface DeliveryTask {
  readonly type: 'deliver';
  messages: readonly LocatedMessage[];
  /** Index of the next message to examine. */
  next: number;
  /** Messages of this pass that came before their predecessors. */
  early: LocatedMessage[];
  /** This pass delivered a message, which early ones may continue. */
  hasDelivered: boolean;
  readonly cause: DeliveryCause;
}

/** What brought the messages, and what must be known of the time before to conclude their delivery. */
export type DeliveryCause =
  /** An answer to a subscribe: the server decides which messages continue the cursor, and moves it to `end`. */
  | { readonly type: 'page'; readonly ok: SubscribeOk; readonly end: Cursor; readonly socket: number }
  /** The last page was delivered. */
  | { readonly type: 'live' }
  | { readonly type: 'push'; readonly origin: string; readonly wasPending: boolean }
  | {
      readonly type: 'sync';
      readonly ok: SubscribeOk;
      readonly cursor: Cursor | undefined;
      /** No push brings what was replicated since the answer to the subscribe. */
      readonly isNew: boolean;
      readonly wasPending: boolean;
      readonly wasReported: boolean;
    };

/**
 * Origins for which the server had nothing after the client's position: its replica lags behind, or the next message is still
 * being replicated. The server is asked again from that position, not from the channel's current one. On a busy channel, pushes are
 * always ahead of replication, so the answer would be `pending` forever although nothing is missing.
 */
export interface PendingOrigins {
  /** The position to ask from, by origin. */
  positions: Cursor;
  /** Consecutive requests since the last one that brought something. */
  retries: number;
  /** The application got the verdict `pending`. */
  isReported: boolean;
}

/** Everything that a channel's decisions depend on, as plain data: a model checker copies it with `structuredClone`. */
export interface ChannelMachine {
  readonly name: string;
  status: ChannelStatus;
  task: ChannelTask | undefined;
  /** Everything up to here was delivered; undefined before the first answer. Replaced, never changed. */
  cursor: Cursor | undefined;
  /** Where to begin while there is no cursor. */
  rewind: Rewind | undefined;
  pending: PendingOrigins;
  /** Consecutive subscribes after which messages were still waiting. */
  fruitlessSubscribes: number;
  /** The application got a verdict other than `complete` for the resume that is under way. */
  hasReportedLoss: boolean;
  /** Effects of the last transition, in order. */
  readonly effects: ChannelEffect[];
}

export type ChannelEffect =
  | Extract<Command, { type: 'message' | 'gap' | 'verdict' | 'channelState' | 'timer' | 'cancel' }>
  /** Send a subscribe: on one socket, or on each that is open. */
  | { readonly type: 'subscribe'; readonly cursor: Cursor | undefined; readonly socket?: number }
  /** Start the gap timer. */
  | { readonly type: 'hold' };

export function newChannel(name: string): ChannelMachine {
  return {
    name,
    status: { name: 'detached' },
    task: undefined,
    cursor: undefined,
    rewind: undefined,
    pending: nonePending(),
    fruitlessSubscribes: 0,
    hasReportedLoss: false,
    effects: [],
  };
}

export function nonePending(): PendingOrigins {
  return { positions: {}, retries: 0, isReported: false };
}
