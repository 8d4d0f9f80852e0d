import { type Cursor, decodeCursor, encodeCursor, type Rewind } from '../../../../protocol';
import type { ChannelMessage, ChannelState, CoreWorld, Emit } from '../effects';
import { type ChannelEffect, type ChannelMachine, newChannel } from './channel-state';
import { advance } from './channel-step';
import { hasPending, MAX_WAIT } from './pending-origins';
import { RecentIds } from './recent-ids';

/** Shortest time that an early message waits for its predecessors before they are requested. Milliseconds. */
export const HOLD = 250;
/** The wait is longer by a random part of this factor, so that clients that missed the same message don't all request it at once. */
const HOLD_SPREAD = 1;

/**
 * One channel: delivers each message once, in order within its origin, and requests those that are missing.
 *
 * The functions of channel-step.ts decide, on plain data. Their effects are queued, and carried out after each transition. So a listener
 * never runs inside of a transition: it sees the state and the cursor of its event, and what it calls is an event of its own.
 */
export class ChannelCore {
  /** For tests and model checkers; nothing else may change it. */
  public readonly machine: ChannelMachine;
  readonly #recentIds = new RecentIds();

  /** @param subscribe sends a subscribe: on one socket, or on each that is open */
  public constructor(
    public readonly name: string,
    private readonly subscribe: (cursor: string | undefined, socket?: number) => void,
    private readonly emit: Emit,
    private readonly world: Pick<CoreWorld, 'now' | 'random'>,
  ) {
    this.machine = newChannel(name);
  }

  public get state(): ChannelState {
    return this.machine.status.name;
  }

  /** The application has subscribed to the channel. */
  public get isSubscribed(): boolean {
    return this.state !== 'detached';
  }

  /** Where to begin; only used while there is no cursor. */
  public get rewind(): Rewind | undefined {
    return this.machine.rewind;
  }

  /** The position up to which everything was delivered, as text to store; undefined before the first answer. */
  public get cursorText(): string | undefined {
    return textOf(this.machine.cursor);
  }

  /** The cursor for a sync request: undefined unless the channel is live. */
  public get syncFrom(): string | undefined {
    const { cursor, pending } = this.machine;
    return cursor === undefined || this.state !== 'live' ? undefined : textOf({ ...cursor, ...pending.positions });
  }

  /** The channel is live, and waits for messages that the server did not have yet. */
  public get isPending(): boolean {
    return this.state === 'live' && hasPending(this.machine);
  }

  /**
   * Starts from a stored cursor, unless the channel has one already.
   *
   * @throws RealtimeError cursor_invalid
   */
  public restore(cursor: string): void {
    this.machine.cursor ??= decodeCursor(cursor);
  }

  /** Takes messages from the server. If a listener brings them, those that are left of others come first. */
  public receive<Args extends readonly unknown[]>(
    event: (machine: ChannelMachine, ...args: Args) => void,
    ...args: Args
  ): void {
    this.#finish();
    this.dispatch(event, ...args);
  }

  /** Takes an event: a function of channel-step.ts, and what else it needs. */
  public dispatch<Args extends readonly unknown[]>(
    event: (machine: ChannelMachine, ...args: Args) => void,
    ...args: Args
  ): void {
    event(this.machine, ...args);
    this.#flush();
    this.#finish();
  }

  #finish(): void {
    for (let { task } = this.machine; task !== undefined; { task } = this.machine) {
      advance(this.machine, task);
      this.#flush();
    }
  }

  /** Carries out the effects of one transition. */
  #flush(): void {
    for (const effect of this.machine.effects.splice(0)) this.#perform(effect);
  }

  #perform(effect: ChannelEffect): void {
    switch (effect.type) {
      case 'subscribe':
        this.subscribe(textOf(effect.cursor), effect.socket);
        break;
      case 'message':
        this.#deliver(effect.message);
        break;
      case 'hold': {
        const hold = HOLD * (1 + HOLD_SPREAD * this.world.random());
        const delay = Math.min(MAX_WAIT, hold * 2 ** Math.max(0, this.machine.fruitlessSubscribes - 1));
        this.emit({ type: 'timer', name: `gap ${this.name}`, delay });
        break;
      }
      default:
        this.emit(effect);
    }
  }

  /** Hands a message to the application, unless it was published twice: its sender and id were seen before. */
  #deliver(message: ChannelMessage): void {
    // Ids are unique per sender only. They contain no space.
    const id = `${message.from} ${message.id}`;
    if (this.#recentIds.has(id)) return;
    this.#recentIds.add(id, this.world.now());
    this.emit({ type: 'message', message });
  }
}

function textOf(cursor: Cursor | undefined): string | undefined {
  return cursor === undefined ? undefined : encodeCursor(cursor);
}
