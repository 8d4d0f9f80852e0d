// Messages between a bench and its audience, which is a process of its own.
import type { Received, Seat } from './recorder';

/** How to connect and join. */
export interface Dial {
  readonly url: string;
  /** Subprotocols to offer. */
  readonly protocols: readonly string[];
  /** Frames to send after the connection opens, each after the answer to the one before. Seats use the lists in turn. @default - none */
  readonly joins?: readonly (readonly string[])[];
  /** Text that each answer must contain. @default - any answer is accepted */
  readonly joined?: string;
}

export interface Seating {
  readonly dial: Dial;
  readonly seats: readonly Seat[];
  /** Number of connections to open concurrently. */
  readonly atOnce: number;
}

/** A message and the frame that publishes it. */
export interface Publication {
  readonly message: number;
  readonly frame: string;
}

export interface Round {
  /** Connections that publish, in turn. */
  readonly publishers: readonly Seat[];
  readonly publications: readonly Publication[];
  /** Connections that should receive the messages. */
  readonly seats: readonly Seat[];
  /** Publishes per second. @default - the next one after the one before has reached all seats, or no frame has arrived for `lostAfter` */
  readonly rate?: number;
  /** Pause between the last receipt and the next publish, without a rate, so that the function has ended by then. Milliseconds. */
  readonly between: number;
  /** Time without a frame after which missing messages are lost. Milliseconds. */
  readonly lostAfter: number;
  /** Whether the times of each message are returned. @default false */
  readonly hasTimes?: boolean;
}

export type Order =
  | ({ readonly do: 'seat' } & Seating)
  | { readonly do: 'leave'; readonly seats: readonly Seat[] }
  | ({ readonly do: 'round' } & Round);

export interface Answer {
  readonly error?: string;
  readonly received?: Received;
}
