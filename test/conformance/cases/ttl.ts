import {
  api,
  call,
  type Case,
  fails,
  type Fields,
  get,
  guide,
  has,
  N,
  ok,
  put,
  refused,
  refusedWith,
  S,
  type Step,
  test,
} from '../case';

const updatePage = api('UpdateTimeToLive');
const describePage = api('DescribeTimeToLive');
const ttl = guide('howitworks-ttl');
const set = (
  Enabled: boolean,
  AttributeName: string,
  expect = ok({ TimeToLiveSpecification: { Enabled, AttributeName } }),
) => call('UpdateTimeToLive', { TimeToLiveSpecification: { Enabled, AttributeName } }, expect);
const describe = (description: Fields) => call('DescribeTimeToLive', {}, ok({ TimeToLiveDescription: description }));
/** Lets seconds pass, then deletes expired items. */
const sweepAfter = (seconds: number): Step => ({ ...call('sweep', {}), sweepAfter: seconds });
const now = Math.floor(Date.now() / 1000);
const DAY = 86_400;
const expiring = (id: string, what: string, items: Record<string, Fields>, sweep: Step, ...left: string[]): Case =>
  test(
    `ttl-${id}`,
    what,
    ttl,
    [
      set(true, 'x'),
      sweep,
      ...Object.keys(items).map((pk) => get({ pk: S(pk) }, left.includes(pk) ? has({ Item: { pk: S(pk) } }) : ok())),
    ],
    {
      given: Object.entries(items).map(([pk, more]) => ({ pk: S(pk), ...more })),
      notForJar: 'its clock can not be set',
    },
  );

export const TTL: readonly Case[] = [
  test('ttl-off', 'A table has no TTL at first', describePage, [describe({ TimeToLiveStatus: 'DISABLED' })]),
  test('ttl-enable', 'TTL is enabled on one attribute', updatePage, [
    set(true, 'expires'),
    describe({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' }),
  ]),
  test('ttl-enable-twice', 'TTL can not be enabled twice', updatePage, [
    set(true, 'x'),
    set(true, 'x', refused('TimeToLive is already enabled')),
  ]),
  test('ttl-other-attribute', 'TTL is not enabled on a second attribute', updatePage, [
    set(true, 'x'),
    set(true, 'y', refused('TimeToLive is active on a different AttributeName: current AttributeName is x')),
  ]),
  test('ttl-disable', 'TTL is disabled by its attribute', updatePage, [
    set(true, 'x'),
    set(false, 'x'),
    describe({ TimeToLiveStatus: 'DISABLED' }),
  ]),
  test('ttl-disable-other', 'TTL is not disabled by another attribute', updatePage, [
    set(true, 'x'),
    set(false, 'y', refused('TimeToLive is active on a different AttributeName: current AttributeName is x')),
  ]),
  test('ttl-disable-off', 'TTL that is off can not be disabled', updatePage, [
    set(false, 'x', refused('TimeToLive is already disabled')),
  ]),
  test('ttl-attribute-empty', 'The TTL attribute has a name', updatePage, [
    set(
      true,
      '',
      refusedWith(
        "at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: Member must have length greater than or equal to 1",
      ),
    ),
  ]),
  test('ttl-specification-missing', 'TimeToLiveSpecification is required', updatePage, [
    call(
      'UpdateTimeToLive',
      {},
      refusedWith("at 'timeToLiveSpecification' failed to satisfy constraint: Member must not be null"),
    ),
  ]),
  test(
    'ttl-no-table',
    'A missing table fails with ResourceNotFoundException',
    updatePage,
    [
      set(true, 'x', fails('ResourceNotFoundException', 'Requested resource not found: Table: $table not found')),
      call(
        'DescribeTimeToLive',
        {},
        fails('ResourceNotFoundException', 'Requested resource not found: Table: $table not found'),
      ),
    ],
    { table: 'none' },
  ),
  expiring(
    'expired',
    'A sweep deletes expired items only',
    { old: { x: N(now - 60) }, new: { x: N(now + DAY) }, none: {} },
    sweepAfter(0),
    'new',
    'none',
  ),
  expiring(
    'later',
    'An item is deleted after its expiry',
    { soon: { x: N(now + 60) }, late: { x: N(now + DAY) } },
    sweepAfter(3_600),
    'late',
  ),
  expiring(
    'no-number',
    'An item with a non-numeric value never expires',
    { text: { x: S(String(now - 60)) } },
    sweepAfter(0),
    'text',
  ),
  expiring(
    'too-old',
    'An item that expired more than five years ago is not deleted',
    { ancient: { x: N(now - 6 * 365 * DAY) } },
    sweepAfter(0),
    'ancient',
  ),
  expiring(
    'milliseconds',
    'A value in milliseconds is a time in the far future',
    { ms: { x: N((now - 60) * 1000) } },
    sweepAfter(0),
    'ms',
  ),
  test('ttl-expired-still-read', 'An expired item is returned until it is deleted', ttl, [
    set(true, 'x'),
    put({ pk: S('a'), x: N(now - 60) }),
    get({ pk: S('a') }, has({ Item: { pk: S('a') } })),
  ]),
  test(
    'ttl-disabled-keeps',
    'Without TTL, no item is deleted',
    ttl,
    [set(true, 'x'), set(false, 'x'), sweepAfter(0), get({ pk: S('a') }, has({ Item: { pk: S('a') } }))],
    { given: [{ pk: S('a'), x: N(now - 60) }], notForJar: 'its clock can not be set' },
  ),
];
