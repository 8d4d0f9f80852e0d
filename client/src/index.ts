export {
  type HistoryOk,
  type LocatedMessage,
  type Message,
  type Position,
  RealtimeError,
  type RetryClass,
  type Rewind,
  type Verdict,
} from '../../protocol';
export {
  Channel,
  type ChannelEvents,
  type HistoryOptions,
  type PublishAck,
  type PublishAllOptions,
  type PublishOptions,
  type SubscribeOptions,
} from './channel';
export { type ClientEvents, RealtimeClient } from './client';
export type { ChannelMessage, ChannelState, ConnectionState, GapEvent, VerdictEvent } from './core/effects';
export type { RealtimeClientOptions, WebSocketConstructor, WebSocketLike } from './options';
