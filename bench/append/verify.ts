// Compares the logs with the acknowledgements: every acknowledged message must be in its log once, at its place.

/** An entry of a channel's log. */
export interface StoredEntry {
  readonly channel: string;
  /** Sequence number of the first message. */
  readonly seq: number;
  readonly ids: readonly string[];
}

/** An acknowledgement. */
export interface Acknowledged {
  readonly channel: string;
  readonly seq: number;
  readonly ids: readonly string[];
}

/** Numbers of faulty messages or places. */
export interface Findings {
  /** Acknowledged, but not in the log. */
  readonly lost: number;
  /** In the log more than once. */
  readonly duplicated: number;
  /** Acknowledged with another place than that in the log. */
  readonly misplaced: number;
  /** Unused sequence numbers below the last one. */
  readonly holes: number;
  /** Sequence numbers that two messages have, or that follow a higher one. */
  readonly disordered: number;
  /** Refused with an error that says nothing was stored, but in the log. */
  readonly refusedButStored: number;
}

/**
 * Compares logs with acknowledgements.
 *
 * @param entries of all channels; those of one channel in the order of the log
 * @param refused ids of messages that were refused with an error that says nothing was stored
 */
export function verify(
  entries: readonly StoredEntry[],
  acknowledged: readonly Acknowledged[],
  refused: readonly string[] = [],
): Findings {
  const places = new Map<string, string>();
  const next = new Map<string, number>();
  let [duplicated, holes, disordered] = [0, 0, 0];
  for (const { channel, seq, ids } of entries) {
    const expected = next.get(channel) ?? 1;
    if (seq > expected) holes += seq - expected;
    if (seq < expected) disordered += Math.min(ids.length, expected - seq);
    next.set(channel, Math.max(expected, seq + ids.length));
    for (const [i, id] of ids.entries()) {
      if (places.has(id)) duplicated += 1;
      places.set(id, place(channel, seq + i));
    }
  }
  let [lost, misplaced] = [0, 0];
  for (const { channel, seq, ids } of acknowledged) {
    for (const [i, id] of ids.entries()) {
      const found = places.get(id);
      if (found === undefined) lost += 1;
      else if (found !== place(channel, seq + i)) misplaced += 1;
    }
  }
  const refusedButStored = refused.filter((id) => places.has(id)).length;
  return { lost, duplicated, misplaced, holes, disordered, refusedButStored };
}

function place(channel: string, seq: number): string {
  return `${channel} ${seq}`;
}
