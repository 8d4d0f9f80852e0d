import type { Emit } from '../effects';

/**
 * API Gateway closes a connection that is idle for 10 minutes; a ping at this interval keeps it open. A half-open socket is found
 * earlier: when a request expires without an answer, the client pings at once (client.ts). Milliseconds.
 */
const KEEP_ALIVE_INTERVAL = 9 * 60_000;
/** A connection that does not answer a ping within this time is dead. Milliseconds. */
const PONG_TIMEOUT = 10_000;

/** Pings the socket in use. Any frame from it counts as the answer. */
export class Heartbeat {
  #isPinged = false;

  public constructor(private readonly emit: Emit) {}

  /** Waits a whole interval until the next ping. */
  public restart(): void {
    this.emit({ type: 'timer', name: 'ping', delay: KEEP_ALIVE_INTERVAL });
  }

  public stop(): void {
    this.#isPinged = false;
    for (const name of ['ping', 'pong']) this.emit({ type: 'cancel', name });
  }

  public ping(socket: number): void {
    this.restart();
    if (this.#isPinged) return;
    this.#isPinged = true;
    this.emit({ type: 'timer', name: 'pong', delay: PONG_TIMEOUT });
    this.emit({ type: 'send', socket, text: '{"action":"ping"}' });
  }

  public received(): void {
    if (this.#isPinged) this.emit({ type: 'cancel', name: 'pong' });
    this.#isPinged = false;
  }
}
