/** Who sends on the connection, and is told of it. */
export interface ConnectionOwner {
  /** A socket is in use that has been asked for nothing yet. */
  used(socket: number): void;
  /** A successor is open: it gets ready while the old one serves. */
  prepare(socket: number): void;
  /** Whether a successor has what the old one has. */
  isReady(socket: number): boolean;
  /** Whether publishes are under way on a socket. */
  isOwed(socket: number): boolean;
  /** A successor that was ready is in use instead of the old one, which is closed, or left as soon as it owes nothing. */
  replaced(old: number, socket: number): void;
  /** The old one is closed as well: what it still owed is for the one in use. */
  left(socket: number): void;
  /** A socket is gone, whether it was in use or to be. */
  gone(socket: number): void;
  /** No socket is in use. */
  lost(): void;
}
