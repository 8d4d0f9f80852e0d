/** Forced result of a post to a connection. */
export type CallbackFault = 'gone' | 'throttled' | 'forbidden' | 'stuck';

/** Faults that a test injects into the gateway. */
export class GatewayFaults {
  /** Forced results by connection id. `stuck` never answers. */
  public readonly callbacks = new Map<string, CallbackFault>();
  /** Skips `$disconnect`, which AWS documents as best effort. */
  public dropDisconnects = false;
  /** Whether the region is down, which skips `$disconnect`. */
  public isDown = false;
}
