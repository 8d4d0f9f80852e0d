// docs/reference/verdicts.md, from the table of verdicts in lambda/core/log/verdict.ts.
import { RUN_ENDS as RUN_END_RULINGS, UNREACHABLE, VERDICTS } from '../lambda/core/log/verdict';

type Descriptions = Readonly<Record<string, string>>;

const POSITIONS: Descriptions = {
  neverBegun: 'never begun',
  epochStart: 'epoch start',
  at: 'at a message',
  ended: 'epoch ended',
};
const FINDINGS: Descriptions = {
  holderIsLast: 'The entry of the position is the last of the log.',
  replicating: 'No entry follows. The position, or an entry before it, is still replicating to this region.',
  ahead: 'The log’s newest entry is before the position, and proves that the log ends there: the table was restored.',
  nothing: 'No entry follows. None holds the position, or one that is past its deletion time.',
  expiredInEpoch: 'Expired entries of the same epoch follow, and no live entry joins them.',
  expiredInLaterEpoch: 'Expired entries up to a later epoch follow, and no live entry joins them.',
  hole: 'A live entry follows. An entry before it is still replicating to this region.',
  joins: 'The next message of the epoch is live.',
  gap: 'A later message of the epoch is live. Those before it are gone.',
  laterEpoch: 'The first message of a later epoch is live.',
  gapInLaterEpoch: 'A later message of a later epoch is live. Those before it are gone.',
};
const HEADERS: Descriptions = {
  unread: 'not read',
  absent: 'none',
  missing: 'none, although it can’t have been deleted: the table was restored',
  open: 'names the position’s epoch, which is open',
  ended: 'names the position’s epoch, which has ended',
  first: 'names the log’s first epoch',
  next: 'names the epoch after the position’s',
  behind: 'older than the entry: still replicating',
  other: 'names any other epoch',
};
const CURSORS: Descriptions = {
  stay: 'stays',
  end: 'to the end of the log',
  pastExpired: 'past the expired entries; ask again',
  messages: 'past the returned messages',
};
const RUN_ENDS: Descriptions = {
  read: 'The log, or the read, ends.',
  limit: 'The reply is full.',
  hole: 'An entry of the epoch is still replicating to this region.',
  gap: 'Entries of the epoch were deleted before those that follow.',
  laterEpoch: 'A later epoch begins.',
};

interface Ruling {
  readonly verdict: string;
  readonly cursor: string;
}
type Rulings = Ruling | Readonly<Record<string, Ruling>>;

interface Row {
  readonly position: string;
  readonly ruling: Ruling;
}

/** @throws Error when the page has no description of a key of the table */
function describe(descriptions: Descriptions, key: string): string {
  const description = descriptions[key];
  if (description === undefined) throw new Error(`scripts/verdicts-page.ts does not describe ${key}`);
  return description;
}

const isRuling = (rulings: Rulings): rulings is Ruling => typeof rulings.verdict === 'string';

/** One row for each ruling; positions with equal rulings share a row. */
function rowsOf(rulings: Rulings): readonly Row[] {
  if (isRuling(rulings)) return [{ position: 'any', ruling: rulings }];
  const rows: { position: string; ruling: Ruling }[] = [];
  for (const [kind, ruling] of Object.entries(rulings)) {
    const position = describe(POSITIONS, kind);
    if (ruling === UNREACHABLE) continue;
    const same = rows.find((row) => row.ruling.verdict === ruling.verdict && row.ruling.cursor === ruling.cursor);
    if (same === undefined) rows.push({ position, ruling });
    else same.position += `, ${position}`;
  }
  return rows;
}

/** The text of docs/reference/verdicts.md. */
export function verdictsPage(): string {
  const table = VERDICTS as unknown as Readonly<Record<string, Readonly<Record<string, Rulings>>>>;
  const rows = Object.entries(table).flatMap(([finding, headers]) =>
    Object.entries(headers).flatMap(([header, rulings]) =>
      rowsOf(rulings).map(
        ({ position, ruling: { verdict, cursor } }) =>
          `| ${describe(FINDINGS, finding)} | ${describe(HEADERS, header)} | ${position} | \`${verdict}\` | ${describe(CURSORS, cursor)} |`,
      ),
    ),
  );
  const more: Descriptions = { true: 'yes', false: 'no', read: 'if the read was cut short' };
  const ends = Object.entries(RUN_END_RULINGS).map(
    ([end, ruling]) =>
      `| ${describe(RUN_ENDS, end)} | \`${ruling.verdict}\` | ${describe(more, String(ruling.more))} |`,
  );
  return `# Verdicts

Generated from \`lambda/core/log/verdict.ts\` by \`npm run generate\`.

When a client subscribes with a cursor, or sends \`sync\`, the server judges its position in the log of every origin region:

- \`complete\`: the reply continues the position without a hole.
- \`pending\`: messages are still replicating to this region. The client asks again.
- \`expired\`: messages after the position are past the retention.
- \`reset\`: the position's epoch is over, and the log began anew.

A channel's verdict is the worst of its origins: \`reset\`, \`expired\`, \`pending\`, \`complete\`.

A position is one of four kinds: *never begun* (the client saw the channel before its log had an epoch), *epoch start* (it saw an epoch without messages), *at a message*
(it has seen everything up to that message), and *epoch ended* (it was told that the epoch is over).

## Verdict and cursor

The server reads the entries after the position, and the log's header where the verdict depends on it. When live entries of a later epoch follow, that is so for *epoch ended* only;
for *never begun*, the first entry itself tells whether its epoch is the log's first. When no entry follows, *names the log's first epoch* and *names the epoch after the position's* also
mean that no entry of that epoch can have been deleted.

| What follows the position | Header | Position | Verdict | Cursor |
|---|---|---|---|---|
${rows.join('\n')}

## Where the returned messages end

A reply holds the messages from the first live entry on. The verdict \`complete\` of the table above becomes the one below. After \`expired\` or \`reset\`, that verdict stays, and the client asks again
if messages are still replicating.

| Why the messages end | Verdict | Ask again |
|---|---|---|
${ends.join('\n')}
`;
}
