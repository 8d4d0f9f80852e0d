// What became of what was published: every acknowledged message is in the log once, where it was said to be.

/** An entry as it stands in a channel's log. */
export interface StoredEntry {
  readonly channel: string;
  /** Sequence number of the first message. */
  readonly seq: number;
  readonly ids: readonly string[];
}

/** What a publisher was told. */
export interface Acknowledged {
  readonly channel: string;
  readonly seq: number;
  readonly ids: readonly string[];
}

/** How many messages or places are not as they have to be. */
export interface Findings {
  /** Acknowledged, and not in the log. */
  readonly lost: number;
  /** In the log more than once. */
  readonly duplicated: number;
  /** Acknowledged with another place than the one it has. */
  readonly misplaced: number;
  /** Sequence numbers below the last one that nothing has. */
  readonly holes: number;
  /** Sequence numbers that two messages have, or that come after a higher one. */
  readonly disordered: number;
  /** Refused, "nothing was stored", and in the log all the same. */
  readonly refusedButStored: number;
}

/**
 * @param entries of all channels; those of one channel in the order of the log
 * @param refused ids of messages whose publisher was told that nothing was stored
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
