// A publish that is sent again, to another region than the first time.
import { dispatch } from '../../../../../lambda/core/dispatch';
import { publishOnce } from '../../../../../lambda/core/publish/idempotency';
import { TailHints } from '../../../../../lambda/core/log/append';
import { write } from '../../../../../lambda/core/publish/fifo-writer';
import { publish } from '../../../../../lambda/core/publish/publish';
import {
  connect,
  HOUR,
  MemoryIdempotency,
  MemoryLogs,
  memoryWorld,
  type MemoryWorld,
  rowOf,
} from '../../../../support/memory/memory';

const [EU, US] = ['eu-west-1', 'us-east-1'] as const;
const CHANNEL = 'chat:a';
const FOREVER = Number.MAX_SAFE_INTEGER;
const publication = (messages: readonly { id?: string; data: unknown }[] = [{ data: 'pay' }]) => ({
  ...{ channel: CHANNEL, from: 'server', messages, ordering: 'direct' as const, retention: HOUR, deadline: FOREVER },
});

/** Two regions; everything of the first has come to the second, or what of it the test says. */
function regions(arrived: Partial<Pick<MemoryWorld, 'logs' | 'idempotency'>> = {}): {
  eu: MemoryWorld;
  us: MemoryWorld;
} {
  const eu = { ...memoryWorld(), origins: [EU, US] };
  return { eu, us: { ...eu, origin: US, hints: new TailHints(), ...arrived } };
}

const stored = ({ logs }: MemoryWorld, origin: string, channel = CHANNEL): number =>
  logs.entries.get(`${channel}#${origin}`)?.length ?? 0;

/** The first request died after it wrote, or was never answered. */
function unsettle({ idempotency }: MemoryWorld): void {
  const row = rowOf({ channel: CHANNEL, origin: EU }, 'k');
  const { result: _, ...record } = idempotency.records.get(row)!;
  idempotency.records.set(row, record);
}

describe('with a key', () => {
  test('the answer of the other region is given again, whether or not the message has come', async () => {
    const { eu, us } = regions({ logs: new MemoryLogs() });
    const first = await publishOnce(eu, publication(), 'k');
    us.runtime.time += 1_500;
    expect(await publishOnce(us, publication(), 'k')).toEqual(first);
    expect([stored(eu, EU), stored(us, US)]).toEqual([1, 0]);
  });

  test('without an answer, it is looked for in the other region’s log, and delivered again', async () => {
    const { eu, us } = regions();
    await publishOnce(eu, publication([{ data: 'other' }]), 'other');
    const first = await publishOnce(eu, publication(), 'k');
    unsettle(eu);
    const subscriber = await connect(us, 's');
    await dispatch(us, subscriber, `{"action":"subscribe","id":1,"channel":"${CHANNEL}"}`, FOREVER);

    expect(await publishOnce(us, publication(), 'k')).toEqual(first);

    expect([first.seqs, stored(us, US)]).toEqual([[2], 0]);
    expect(us.transport.frames.get('s')).toMatchObject([{ origin: EU, messages: [{ seq: 2, data: 'pay' }] }]);
    // Remembered here, too: the other region may have gone since.
    expect(us.idempotency.records.get(rowOf({ channel: CHANNEL, origin: US }, 'k'))?.result).toEqual(first);
  });

  test.each([
    // What is known of the first decides, however long ago it was.
    ['the message has not come here yet', 0.7 * HOUR, { logs: new MemoryLogs() }],
    ['nothing has come here yet', 1_500, { logs: new MemoryLogs(), idempotency: new MemoryIdempotency() }],
  ])('when %s, it is stored again with the same ids, once', async (_, later, arrived) => {
    const { eu, us } = regions(arrived);
    const first = await publishOnce(eu, publication(), 'k');
    unsettle(eu);
    us.runtime.time += later;
    const second = await publishOnce(us, publication(), 'k');
    expect([second.ids, second.origin]).toEqual([first.ids, US]);
    expect(await publishOnce(us, publication(), 'k')).toEqual(second);
    expect(stored(us, US)).toBe(1);
  });

  test('what comes meanwhile changes no ids: an attempt here is found again', async () => {
    const { eu, us } = regions({ logs: new MemoryLogs(), idempotency: new MemoryIdempotency() });
    await publishOnce(eu, publication(), 'k');
    // On both sides of a window's beginning.
    us.runtime.time += 0.7 * HOUR;
    us.idempotency.settles = false;
    await publishOnce(us, publication(), 'k');
    us.idempotency.settles = true;
    unsettle(eu);
    for (const [row, record] of eu.idempotency.records) us.idempotency.records.set(row, record);
    await publishOnce(us, publication(), 'k');
    expect(stored(us, US)).toBe(1);
  });

  test('another body is refused, and leaves the key to the first', async () => {
    const { eu, us } = regions();
    const first = await publishOnce(eu, publication(), 'k');
    await expect(publishOnce(us, publication([{ data: 'steal' }]), 'k')).rejects.toMatchObject({
      error: 'idempotency_key_reused',
    });
    expect(await publishOnce(us, publication(), 'k')).toEqual(first);
  });

  test('a key whose time is over elsewhere is free here', async () => {
    const { eu, us } = regions();
    await publishOnce(eu, publication(), 'k');
    us.runtime.time += HOUR;
    expect(await publishOnce(us, publication(), 'k')).toMatchObject({ origin: US, seqs: [1] });
  });

  test('keys of different channels, and in different regions of what is not replicated, are different keys', async () => {
    const { eu } = regions();
    await publishOnce(eu, publication(), 'k');
    await publishOnce(eu, { ...publication(), channel: 'chat:b' }, 'k');
    expect([stored(eu, EU), stored(eu, EU, 'chat:b')]).toEqual([1, 1]);
  });
});

describe('said to be sent again', () => {
  const messages = [
    { id: 'm1', data: 1 },
    { id: 'm2', data: 2, enc: 'json' },
  ];
  const again = { ...publication(messages), since: 'recent' as const };

  test.each(['direct', 'fifo'] as const)('it is looked for in every region’s log (%s)', async (ordering) => {
    const { eu, us } = regions();
    const first = await publish(eu, publication(messages));
    expect(await publish(us, { ...again, ordering })).toEqual(first);
    expect([stored(us, EU), stored(us, US), us.queue.sent]).toEqual([1, 0, []]);
  });

  test('also within what a writer has joined', async () => {
    const { eu, us } = regions();
    const complete = messages.map((one) => ({ enc: 'json', ...one }));
    const received = [
      { sequence: '1', publish: { channel: CHANNEL, from: 'ada', messages: complete } },
      { sequence: '2', publish: { channel: CHANNEL, from: 'server', messages: complete } },
    ];
    expect(await write(eu, CHANNEL, received, HOUR, FOREVER)).toEqual([]);
    expect(await publish(us, again)).toMatchObject({ origin: EU, seqs: [3, 4], ids: ['m1', 'm2'] });
  });

  test.each([
    ['somebody else’s', { ...again, from: 'bob' }],
    ['another message of that id', { ...again, messages: [{ id: 'm1', data: 3 }] }],
    ['what has no id', { ...again, messages: [{ data: 1 }] }],
    ['what is not said to be sent again', publication(messages)],
  ])('%s is not taken for it', async (_, other) => {
    const { eu, us } = regions();
    await publish(eu, publication(messages));
    expect(await publish(us, other)).toMatchObject({ origin: US, seqs: expect.arrayContaining([1]) });
  });
});
