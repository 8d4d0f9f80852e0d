/** What a connection tells the modules that send on it, and asks them. */
export interface ConnectionListener {
  /** A socket is in use on which nothing was sent yet. */
  used(socket: number): void;
  /** A successor is open. The socket in use serves until the successor is ready. */
  prepare(socket: number): void;
  /** Whether all subscribes on a successor are answered. */
  isReady(socket: number): boolean;
  /** Whether publishes are in flight on a socket. */
  hasPublishes(socket: number): boolean;
  /** A successor replaced the socket in use, which is closed, or drained first. */
  replaced(old: number, socket: number): void;
  /** The drained socket is closed. Its unanswered publishes are sent again on the socket in use. */
  drained(socket: number): void;
  /** A socket is closed that was in use, or was to be. */
  gone(socket: number): void;
  /** The token of the socket in use seems to have expired, and there is no successor yet. */
  expired(): void;
  /** No socket is in use. */
  lost(): void;
}
