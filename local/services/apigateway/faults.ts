/** What a post to a connection is made to come to, whatever the connection's state. */
export type CallbackFault = 'gone' | 'throttled' | 'forbidden' | 'stuck';

/** Faults that a test puts into the gateway. */
export class GatewayFaults {
  /** Posts to these connections fail so; `stuck` never answers. */
  public readonly callbacks = new Map<string, CallbackFault>();
  /** `$disconnect` is not called, as AWS warns that it may not be. */
  public dropDisconnects = false;
  /** The region is down: then nobody is there to call `$disconnect`. */
  public isDown = false;
}
