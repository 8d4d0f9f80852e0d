// Requests and answers of the drain function, which the command line invokes.

/** Asks for the number of connections of the region. */
export interface CountRequest {
  readonly count: true;
  /**
   * `next` of the answer before.
   *
   * @default - the beginning
   */
  readonly next?: string;
}

export interface CountAnswer {
  /** Connections counted by this request. */
  readonly connections: number;
  /** Time in which this many connections can move without exceeding the connect quota of the other regions. Milliseconds. */
  readonly within: number;
  /**
   * Where to continue; the caller adds up the answers.
   *
   * @default - all connections are counted
   */
  readonly next?: string;
}

/** Tells connections of the region to move to another one. */
export interface MoveRequest {
  /** Each client picks a random moment within this time. Milliseconds. */
  readonly within: number;
  /**
   * `next` of the answer before.
   *
   * @default - the beginning
   */
  readonly next?: string;
}

export interface MoveAnswer {
  /** Connections that received the request to move. */
  readonly moved: number;
  /** Connections that were closed already. */
  readonly gone: number;
  /** Connections that could not be reached. A second pass may reach them. */
  readonly failed: number;
  /**
   * Where to continue after the function ran out of time.
   *
   * @default - all connections are done
   */
  readonly next?: string;
}
