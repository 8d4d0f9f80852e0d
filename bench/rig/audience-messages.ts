// What a bench and its audience, in a process of its own, say to each other.
import type { Received, Seat } from './recorder';

/** How a connection joins. */
export interface Dial {
  readonly url: string;
  /** Subprotocols to offer. */
  readonly protocols: readonly string[];
  /** Frames to send once it is open, each after the answer to the one before; seats take turns with the lists. @default - none */
  readonly joins?: readonly (readonly string[])[];
  /** An answer that holds none of this is an error. @default - any answer will do */
  readonly joined?: string;
}

export interface Seating {
  readonly dial: Dial;
  readonly seats: readonly Seat[];
  /** Connections that are being made at once. */
  readonly atOnce: number;
}

/** A message and the frame that publishes it. */
export interface Publication {
  readonly message: number;
  readonly frame: string;
}

export interface Round {
  /** Connections that publish, in turns. */
  readonly publishers: readonly Seat[];
  readonly publications: readonly Publication[];
  /** Whoever should get them. */
  readonly seats: readonly Seat[];
  /** Publishes a second. @default - the next once the one before has reached everybody, or nothing has come for `patience` */
  readonly rate?: number;
  /** From one publish's last receipt to the next publish, without a rate: so that the function that did it has ended. Milliseconds. */
  readonly between: number;
  /** After so long without a frame, what is missing is lost. Milliseconds. */
  readonly patience: number;
  /** Whether each message's times are told. @default false */
  readonly timed?: boolean;
}

export type Order =
  | ({ readonly do: 'seat' } & Seating)
  | { readonly do: 'leave'; readonly seats: readonly Seat[] }
  | ({ readonly do: 'round' } & Round);

export interface Answer {
  readonly error?: string;
  readonly received?: Received;
}
