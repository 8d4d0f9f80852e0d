// The port between the core and the service that holds the clients' connections. The transport reports `connect` and `close`, the
// core calls `deliver`. Nothing else in the core depends on the service. docs/decisions/0017-transport-port.md
import type { Identity } from '../auth/capabilities';

/**
 * Result of one delivery:
 * - `delivered`: the transport accepted the frame.
 * - `gone`: the connection does not exist any more.
 * - `throttled`: the connection or the account exceeds a rate limit. The frame may be sent again.
 * - `forbidden`: the function may not deliver to this connection. A fault of the deployment.
 * - `failed`: no answer, or an unexpected one. The frame may have arrived.
 * - `slow`: no answer yet, or queued behind a frame without an answer (fanout/slow-connections.ts).
 */
export type DeliveryOutcome = 'delivered' | 'gone' | 'throttled' | 'forbidden' | 'failed' | 'slow';

/** Calls of the core to the transport. */
export interface Transport {
  /** Sends one frame to a connection of this region. Never throws. */
  deliver(connectionId: string, frame: Uint8Array): Promise<DeliveryOutcome>;
}

/** A connection that the transport has authenticated. */
export interface OpenedConnection {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly connectedAt: number;
  /** What the client's token says. */
  readonly identity: Pick<Identity, 'clientId' | 'expires'>;
}

/** Calls of the transport to the core. */
export interface TransportEvents {
  /** Records a new connection. The transport accepts the client's frames only after this returns. */
  connect(opened: OpenedConnection): Promise<void>;
  /**
   * Deletes a connection and its subscriptions. The transport may report it late, or not at all.
   *
   * @returns the number of channels that the connection was subscribed to
   */
  close(connectionId: string): Promise<{ readonly channels: number }>;
}

/** Limits of a transport that the core plans with. */
export interface TransportLimits {
  /** Longest time from `connect` until `close` is reported. Milliseconds. */
  readonly maxConnectionLife: number;
  /** Largest frame that pushes are coalesced into. Bytes. */
  readonly maxFrameBytes: number;
}
