// The verdicts on a client's position in one origin's log, as one table: docs/decisions/0007 and 0010 give the reasons.
// scripts/verdicts-page.ts prints it to docs/reference/verdicts.md, so this file imports types only.
import type { Verdict } from '../../../protocol';

/** A client's position in a log. */
export type ClientPosition =
  /** The client saw the channel before the log had an epoch. */
  | { readonly kind: 'neverBegun'; readonly epoch: '' }
  /** The client has seen an epoch that had no messages yet. */
  | { readonly kind: 'epochStart'; readonly epoch: string }
  /** The client has seen all messages up to one of an epoch. */
  | { readonly kind: 'at'; readonly epoch: string }
  /** The client knows that the epoch has ended. */
  | { readonly kind: 'ended'; readonly epoch: string };

export type PositionKind = ClientPosition['kind'];

/** How the log's header relates to the position's epoch. */
export type HeaderRelation =
  /** The header is not read: the verdict does not depend on it. */
  | 'unread'
  /** There is no header: the log has not begun, or it is forgotten. */
  | 'absent'
  /** There is no header, although the database can't have deleted that of the position's epoch: the table was restored. */
  | 'missing'
  /** The header names the position's epoch, which has not ended. */
  | 'open'
  /** The header names the position's epoch, which has ended. */
  | 'ended'
  /** The header, or the first live entry, belongs to the log's first epoch. Nothing of it can have been deleted. */
  | 'first'
  /** The header names the epoch after the position's. Nothing of it can have been deleted, or the first live entry is of it. */
  | 'next'
  /** The header is older than the first live entry: it is still replicating to this region. */
  | 'behind'
  /** Any other header. */
  | 'other';

/** The header relations that each finding may come with. */
export interface HeadersByFinding {
  /** The newest entry holds the position, and proves that nothing follows. */
  readonly holderIsLast: 'unread';
  /** No entry follows. The position, or an entry before it, is still replicating to this region. */
  readonly replicating: 'unread';
  /** The log's newest entry is before the position, and proves that the log ends there: the table was restored. */
  readonly ahead: 'unread';
  /** No entry follows. None holds the position, or one that may be deleted: then later entries may be deleted already. */
  readonly nothing: 'absent' | 'missing' | 'open' | 'ended' | 'first' | 'next' | 'other';
  /** Entries of the position's epoch follow. They have expired, and nothing live joins them. */
  readonly expiredInEpoch: 'unread';
  /** Entries up to a later epoch follow. They have expired, and nothing live joins them. */
  readonly expiredInLaterEpoch: 'unread';
  /** A live entry follows. An entry before it is still replicating to this region. */
  readonly hole: 'unread';
  /** The next message of the epoch is live. */
  readonly joins: 'unread';
  /** A later message of the epoch is live. The messages before it are gone. */
  readonly gap: 'unread';
  /** The first message of a later epoch is live. */
  readonly laterEpoch: 'unread' | 'first' | 'next' | 'behind' | 'other';
  /** A later message of a later epoch is live. The messages before it are gone. */
  readonly gapInLaterEpoch: 'unread' | 'first' | 'next' | 'behind' | 'other';
}

/** What a read from the position on found. */
export type Finding = keyof HeadersByFinding;

/** Where the client's cursor goes. */
export type CursorMove =
  /** It stays. */
  | 'stay'
  /** To the end of the log, which has no entries to return. */
  | 'end'
  /** After the entries that have expired. The client asks again for the messages that follow. */
  | 'pastExpired'
  /** After the messages that are returned. */
  | 'messages';

export interface Ruling {
  readonly verdict: Verdict;
  readonly cursor: CursorMove;
}

/** A ruling for all positions, or one for each kind of position. */
type Rulings = Ruling | Readonly<Record<PositionKind, Ruling>>;

export type VerdictTable = {
  readonly [F in Finding]: { readonly [H in HeadersByFinding[F]]: Rulings };
};

const rule = (verdict: Verdict, cursor: CursorMove): Ruling => ({ verdict, cursor });

/** For combinations that can't occur: a header can't name, or follow, the epoch of a position that has none. */
export const UNREACHABLE = rule('expired', 'end');

/** Verdict and cursor for every finding, header relation and position. */
export const VERDICTS: VerdictTable = {
  holderIsLast: { unread: rule('complete', 'stay') },
  replicating: { unread: rule('pending', 'stay') },
  ahead: { unread: rule('reset', 'end') },
  nothing: {
    absent: {
      neverBegun: rule('complete', 'end'),
      epochStart: rule('expired', 'end'),
      at: rule('expired', 'end'),
      // The client was told of the loss when it got this position.
      ended: rule('complete', 'stay'),
    },
    missing: {
      neverBegun: UNREACHABLE,
      epochStart: rule('reset', 'end'),
      at: rule('reset', 'end'),
      ended: rule('reset', 'end'),
    },
    open: {
      neverBegun: UNREACHABLE,
      epochStart: rule('complete', 'stay'),
      // Nothing of the epoch can have been deleted yet, so the table was restored.
      at: rule('reset', 'end'),
      ended: rule('complete', 'stay'),
    },
    ended: {
      neverBegun: UNREACHABLE,
      epochStart: rule('expired', 'end'),
      at: rule('expired', 'end'),
      // The client was told of the loss when it got this position.
      ended: rule('complete', 'stay'),
    },
    first: {
      neverBegun: rule('complete', 'end'),
      epochStart: rule('reset', 'end'),
      at: rule('reset', 'end'),
      ended: rule('reset', 'end'),
    },
    next: {
      neverBegun: UNREACHABLE,
      epochStart: rule('reset', 'end'),
      at: rule('reset', 'end'),
      ended: rule('complete', 'end'),
    },
    other: {
      neverBegun: rule('expired', 'end'),
      epochStart: rule('reset', 'end'),
      at: rule('reset', 'end'),
      ended: rule('reset', 'end'),
    },
  },
  expiredInEpoch: { unread: rule('expired', 'pastExpired') },
  expiredInLaterEpoch: {
    unread: {
      neverBegun: rule('expired', 'pastExpired'),
      epochStart: rule('reset', 'pastExpired'),
      at: rule('reset', 'pastExpired'),
      ended: rule('reset', 'pastExpired'),
    },
  },
  hole: { unread: rule('pending', 'stay') },
  joins: { unread: rule('complete', 'messages') },
  gap: { unread: rule('expired', 'messages') },
  laterEpoch: {
    unread: rule('reset', 'messages'),
    first: rule('complete', 'messages'),
    next: rule('complete', 'messages'),
    behind: rule('pending', 'stay'),
    other: rule('reset', 'messages'),
  },
  gapInLaterEpoch: {
    unread: rule('reset', 'messages'),
    first: rule('expired', 'messages'),
    next: rule('expired', 'messages'),
    behind: rule('pending', 'stay'),
    other: {
      neverBegun: rule('expired', 'messages'),
      epochStart: rule('reset', 'messages'),
      at: rule('reset', 'messages'),
      ended: rule('reset', 'messages'),
    },
  },
};

/** A finding with a header relation that it may come with. */
export type Found = { [F in Finding]: { readonly finding: F; readonly header: HeadersByFinding[F] } }[Finding];

/** Looks up the ruling on a position. */
export function rulingOn({ finding, header }: Found, position: PositionKind): Ruling {
  // Found pairs findings with their own header relations only.
  const rulings = (VERDICTS[finding] as Readonly<Partial<Record<HeaderRelation, Rulings>>>)[header] as Rulings;
  return 'verdict' in rulings ? rulings : rulings[position];
}

/** Why a run of messages from the first live entry on ends. */
export type RunEnd =
  /** The log's end, or the end of what was read. */
  | 'read'
  /** The reply's limits. */
  | 'limit'
  /** An entry of the run's epoch is still replicating. */
  | 'hole'
  /** Entries of the run's epoch have been deleted before those that follow. */
  | 'gap'
  /** A later epoch begins. */
  | 'laterEpoch';

/** What a run's end adds to the ruling `complete`; `more` tells the client to ask again. `read`: whether the read was cut short. */
export const RUN_ENDS: Readonly<
  Record<RunEnd, { readonly verdict: 'complete' | 'pending'; readonly more: boolean | 'read' }>
> = {
  read: { verdict: 'complete', more: 'read' },
  limit: { verdict: 'complete', more: true },
  hole: { verdict: 'pending', more: false },
  gap: { verdict: 'complete', more: true },
  laterEpoch: { verdict: 'complete', more: true },
};
