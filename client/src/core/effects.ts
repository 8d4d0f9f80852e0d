// What the core asks of the world, as data: so that the very same core runs in a browser, in Node, and in a simulation.
import type { Message, Position, Verdict } from '../../../protocol';

/** Where the connection stands. */
export type ConnectionState = 'initialized' | 'connecting' | 'connected' | 'disconnected' | 'closed';
/** Where a channel stands: not subscribed, on the way (catching up), or live. */
export type ChannelState = 'detached' | 'subscribing' | 'live';

/** A message as the application gets it. */
export interface ChannelMessage extends Message {
  readonly channel: string;
  /** The region where it was published. */
  readonly origin: string;
  readonly epoch: string;
}

/** What a resume came to: see `Verdict`. */
export interface VerdictEvent {
  readonly channel: string;
  readonly verdict: Verdict;
  /** Origins that are not whole. */
  readonly origins: readonly string[];
}

/** Messages that are gone: after one place and before another, in the log of one origin. */
export interface GapEvent {
  readonly channel: string;
  readonly origin: string;
  /** They are older than the retention; or the log has begun anew since. */
  readonly reason: 'expired' | 'reset';
  /** The last message that was seen before. */
  readonly after: Position;
  /** Where it goes on. */
  readonly next: Position;
}

export type Command =
  | { readonly type: 'fetchToken'; readonly attempt: number }
  /** Opens one of these addresses, best first; whichever is open first is the socket. */
  | { readonly type: 'open'; readonly socket: number; readonly token: string; readonly urls: readonly string[] }
  | { readonly type: 'send'; readonly socket: number; readonly text: string }
  | { readonly type: 'close'; readonly socket: number }
  /** Sets, or sets anew, the timer of that name. */
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

/** Time and chance, passed in. */
export interface CoreWorld {
  /** Milliseconds; only differences count. */
  now(): number;
  /** Milliseconds since 1970, to compare with a token's `exp`. */
  wallClock(): number;
  /** At least 0, less than 1. */
  random(): number;
  /** A new unique message id. */
  id(): string;
}

/** Takes commands in the order in which they must be carried out. */
export type Emit = (command: Command) => void;
