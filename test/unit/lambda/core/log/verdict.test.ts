import {
  type Found,
  type HeaderRelation,
  type PositionKind,
  rulingOn,
  UNREACHABLE,
  VERDICTS,
} from '../../../../../lambda/core/log/verdict';

const POSITIONS: readonly PositionKind[] = ['neverBegun', 'epochStart', 'at', 'ended'];
const CASES = Object.entries(VERDICTS).flatMap(([finding, headers]) =>
  Object.keys(headers).flatMap((header) =>
    POSITIONS.map((position) => [finding, header as HeaderRelation, position] as const),
  ),
);

test.each(CASES)('given %s, header %s and position %s, then the cursor moves only past known messages', (...one) => {
  const [finding, header, position] = one;
  const ruling = rulingOn({ finding, header } as Found, position);
  const { verdict, cursor } = ruling;
  // The client asks again from the same place for messages that are replicating.
  if (verdict === 'pending') expect(cursor).toBe('stay');
  // A loss that leaves the cursor where it is would be reported again and again.
  if (verdict === 'expired' || verdict === 'reset') expect(cursor).not.toBe('stay');
  // Expired messages that are skipped are a loss.
  if (cursor === 'pastExpired') expect(verdict).toMatch(/^(expired|reset)$/);
  // Only a position without an epoch has combinations that can't occur.
  if (ruling === UNREACHABLE) expect(position).toBe('neverBegun');
});
