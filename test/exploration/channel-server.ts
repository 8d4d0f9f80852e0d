// The server of test/exploration/channel-model.ts: two origin regions, whose logs it knows exactly.
import { type Cursor, decodeCursor, encodeCursor, type LocatedMessage, type SubscribeOk } from '../../protocol';

const EPOCH = 'e1';
/** The region of the server. The other's messages replicate to it. */
export const OWN = 'eu-west-1';
export const OTHER = 'us-east-1';
export const ORIGINS = [OWN, OTHER] as const;
export type Origin = (typeof ORIGINS)[number];
/** Messages of a page. */
const PAGE = 2;
export interface Log {
  /** Sequence numbers of the messages, up to this. */
  readonly end: number;
  /** Messages up to this have expired. */
  readonly expired: number;
  /** Messages up to this have reached the server's region. */
  readonly replicated: number;
}

export type Logs = Readonly<Record<Origin, Log>>;

/** What the server knows after a cursor. */
export function answerOf(logs: Logs, cursor: string | undefined): SubscribeOk {
  const from: Cursor = cursor === undefined ? endsOf(logs) : decodeCursor(cursor);
  const parts = ORIGINS.map((origin) => {
    const { expired, replicated } = logs[origin];
    const { seq } = from[origin] ?? { seq: 0 };
    const first = Math.max(seq, expired) + 1;
    const last = Math.min(replicated, first + PAGE - 1);
    const messages = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => messageAt(origin, first + i));
    const isPending = seq > replicated;
    const end = isPending ? seq : Math.max(seq, expired, last);
    const verdict = isPending ? 'pending' : seq < expired ? 'expired' : 'complete';
    return { origin, verdict, messages, end, more: !isPending && last < replicated } as const;
  });
  const worst = (['expired', 'pending', 'complete'] as const).find((one) =>
    parts.some(({ verdict }) => verdict === one),
  );
  const origins = parts
    .filter(({ verdict }) => verdict === worst && verdict !== 'complete')
    .map(({ origin }) => origin);
  const ends = parts.flatMap(({ origin, end }) => (end === 0 ? [] : [[origin, { epoch: EPOCH, seq: end }] as const]));
  return {
    cursor: encodeCursor(Object.fromEntries(ends)),
    verdict: worst ?? 'complete',
    ...(origins.length === 0 ? {} : { origins }),
    messages: parts.flatMap(({ messages }) => messages),
    more: parts.some(({ more }) => more),
  };
}

function endsOf(logs: Logs): Cursor {
  const ends = ORIGINS.map((origin) => [origin, logs[origin].replicated] as const).filter(([, seq]) => seq > 0);
  return Object.fromEntries(ends.map(([origin, seq]) => [origin, { epoch: EPOCH, seq }]));
}

export function messageAt(origin: Origin, seq: number): LocatedMessage {
  return { origin, epoch: EPOCH, seq, id: `${origin}-${seq}`, ts: seq, from: 'ada', data: seq, enc: 'json' };
}
