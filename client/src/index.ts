export {
  type HistoryOk,
  type LocatedMessage,
  type Message,
  RealtimeError,
  type RetryClass,
  type Verdict,
} from '../../protocol';
export { Channel, type ChannelEvents, type HistoryOptions, type PublishAck, type PublishOptions } from './channel';
export {
  type ClientEvents,
  RealtimeClient,
  type RealtimeClientOptions,
  type WebSocketConstructor,
  type WebSocketLike,
} from './client';
export type { ChannelMessage, ChannelState, ConnectionState, VerdictEvent } from './core/commands';
