// The core's effects, as data: the same core runs in a browser, in Node, and in a simulation.
import type { Message, Position, Verdict } from '../../../protocol';

/** State of the connection. */
export type ConnectionState = 'initialized' | 'connecting' | 'connected' | 'disconnected' | 'closed';
/** State of a channel: not subscribed, catching up, or live. */
export type ChannelState = 'detached' | 'subscribing' | 'live';

/** A message of a channel. */
export interface ChannelMessage extends Message {
  readonly channel: string;
  /** The region in which the message was published. */
  readonly origin: string;
  /** The incarnation of the region's log. `seq` counts within an epoch. */
  readonly epoch: string;
}

/** Result of a resume: see `Verdict`. */
export interface VerdictEvent {
  readonly channel: string;
  readonly verdict: Verdict;
  /** Regions whose messages are incomplete. Empty for `complete`. */
  readonly origins: readonly string[];
}

/** Messages of one region that are lost: those between two positions. */
export interface GapEvent {
  readonly channel: string;
  /** The region. */
  readonly origin: string;
  /** `expired`: the messages are older than the retention. `reset`: the region's log was started anew. */
  readonly reason: 'expired' | 'reset';
  /** Position of the last message before the gap. */
  readonly after: Position;
  /** Position of the first message after the gap. */
  readonly next: Position;
}

export type Command =
  | { readonly type: 'fetchToken'; readonly attempt: number }
  /** Connects to the addresses, best first. The first one that opens becomes the socket. */
  | { readonly type: 'open'; readonly socket: number; readonly token: string; readonly urls: readonly string[] }
  | { readonly type: 'send'; readonly socket: number; readonly text: string }
  | { readonly type: 'close'; readonly socket: number }
  /** Sets the timer of that name, or sets it again. */
  | { readonly type: 'timer'; readonly name: string; readonly delay: number }
  | { readonly type: 'cancel'; readonly name: string }
  /** A call of the application succeeded. */
  | { readonly type: 'resolve'; readonly call: number; readonly value: unknown }
  | { readonly type: 'reject'; readonly call: number; readonly error: Error }
  | { readonly type: 'state'; readonly state: ConnectionState; readonly reason?: Error }
  | { readonly type: 'region'; readonly region: string }
  | { readonly type: 'channelState'; readonly channel: string; readonly state: ChannelState; readonly reason?: Error }
  | { readonly type: 'message'; readonly message: ChannelMessage }
  | { readonly type: 'verdict'; readonly event: VerdictEvent }
  | { readonly type: 'gap'; readonly gap: GapEvent }
  | { readonly type: 'latency'; readonly ms: number };

/** The clock and the source of randomness. */
export interface CoreWorld {
  /** Monotonic milliseconds. */
  now(): number;
  /** Milliseconds since 1970, to compare with a token's `exp`. */
  wallClock(): number;
  /** A number from 0 up to, but not including, 1. */
  random(): number;
}

/** Takes commands, in the order in which they must be carried out. */
export type Emit = (command: Command) => void;
