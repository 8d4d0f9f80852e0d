import { RealtimeError } from './errors';

/** The `seq` of a position at the end of an epoch that has ended. The next message begins another epoch. */
export const EPOCH_END = Number.MAX_SAFE_INTEGER;

/** A place in the log of one origin region: the client has seen all messages up to and including `seq`. */
export interface Position {
  /** The log's incarnation; empty when the origin has no log yet. */
  readonly epoch: string;
  /** The last sequence number seen; 0 before the epoch's first message, EPOCH_END after its last. */
  readonly seq: number;
}

/** A place in a channel: one position for each origin region. Sent as text, opaque to applications. */
export type Cursor = Readonly<Record<string, Position>>;

/** Whether a place is after another in one log. */
export function isAfter(place: Position, position: Position): boolean {
  return place.epoch === position.epoch ? place.seq > position.seq : place.epoch > position.epoch;
}

/** The later position of each origin: the cursor of a client that has seen everything up to both. */
export function mergeCursors(a: Cursor, b: Cursor): Cursor {
  const later = Object.entries(b).filter(([origin, position]) => {
    const other = a[origin];
    return other === undefined || isAfter(position, other);
  });
  return { ...a, ...Object.fromEntries(later) };
}

const VERSION = '1';
// Region names of the AWS European Sovereign Cloud begin with four letters.
const ENTRY = /^([a-z]{2,4}(?:-[a-z]+)+-\d)~([0-9a-z]{0,16})~(0|[1-9]\d{0,15})$/;
/** Longest cursor text. Characters: more than 16 regions need. */
export const MAX_CURSOR_LENGTH = 1_024;

/** Writes a cursor as URL-safe text: `1!eu-west-1~m3x0k2p9~18!us-east-1~…`, origins in alphabetic order. */
export function encodeCursor(cursor: Cursor): string {
  const entries = Object.keys(cursor)
    .sort()
    .map((origin) => {
      const position = cursor[origin] as Position;
      return `!${origin}~${position.epoch}~${position.seq}`;
    });
  return VERSION + entries.join('');
}

/**
 * Reads a cursor.
 *
 * @throws RealtimeError cursor_invalid
 */
export function decodeCursor(text: unknown): Cursor {
  if (typeof text !== 'string' || text.length > MAX_CURSOR_LENGTH) throw new RealtimeError('cursor_invalid');
  const [version, ...entries] = text.split('!');
  if (version !== VERSION) throw new RealtimeError('cursor_invalid');
  const cursor: Record<string, Position> = {};
  for (const entry of entries) {
    const match = ENTRY.exec(entry);
    const [, origin, epoch, digits] = match ?? [];
    const seq = Number(digits);
    if (origin === undefined || epoch === undefined || !Number.isSafeInteger(seq) || Object.hasOwn(cursor, origin)) {
      throw new RealtimeError('cursor_invalid');
    }
    cursor[origin] = { epoch, seq };
  }
  return cursor;
}
