// A publish that is sent again to another region.
import { dispatch } from '../../../../../lambda/core/dispatch';
import { publishOnce } from '../../../../../lambda/core/publish/idempotency';
import { TailHints } from '../../../../../lambda/core/log/tail';
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
  channel: CHANNEL,
  from: 'server',
  messages,
  ordering: 'direct' as const,
  retention: HOUR,
  deadline: FOREVER,
});

/** Two regions. Everything of the first has replicated to the second, except for what `arrived` replaces. */
function regions(arrived: Partial<Pick<MemoryWorld, 'logs' | 'idempotency'>> = {}): {
  eu: MemoryWorld;
  us: MemoryWorld;
} {
  const eu = { ...memoryWorld(), origins: [EU, US] };
  return { eu, us: { ...eu, origin: US, hints: new TailHints(), ...arrived } };
}

const stored = ({ logs }: MemoryWorld, origin: string, channel = CHANNEL): number =>
  logs.entries.get(`${channel}#${origin}`)?.length ?? 0;

/** Forgets the answer: the first request died after its write. */
function unsettle({ idempotency }: MemoryWorld): void {
  const row = rowOf({ channel: CHANNEL, origin: EU }, 'k');
  const { result: _, ...record } = idempotency.records.get(row)!;
  idempotency.records.set(row, record);
}

describe('publish with an idempotency key', () => {
  test('given an answer noted by the other region, when the key is sent here, then it gets that answer and nothing is stored', async () => {
    const { eu, us } = regions({ logs: new MemoryLogs() });
    const first = await publishOnce(eu, publication(), 'k');
    us.runtime.time += 1_500;
    expect(await publishOnce(us, publication(), 'k')).toEqual(first);
    expect([stored(eu, EU), stored(us, US)]).toEqual([1, 0]);
  });

  test('given a record without an answer, when the key is sent here, then the other region’s log is searched and the entry delivered again', async () => {
    const { eu, us } = regions();
    await publishOnce(eu, publication([{ data: 'other' }]), 'other');
    const first = await publishOnce(eu, publication(), 'k');
    unsettle(eu);
    const subscriber = await connect(us, 's');
    await dispatch(us, subscriber, `{"action":"subscribe","id":1,"channel":"${CHANNEL}"}`, FOREVER);

    expect(await publishOnce(us, publication(), 'k')).toEqual(first);

    expect([first.seqs, stored(us, US)]).toEqual([[2], 0]);
    expect(us.transport.frames.get('s')).toMatchObject([{ origin: EU, messages: [{ seq: 2, data: 'pay' }] }]);
    // Noted here too: the other region may fail later.
    expect(us.idempotency.records.get(rowOf({ channel: CHANNEL, origin: US }, 'k'))?.result).toEqual(first);
  });

  test.each([
    // The record of the first request decides, however old it is.
    ['the message has', 0.7 * HOUR, { logs: new MemoryLogs() }],
    ['the message and the record have', 1_500, { logs: new MemoryLogs(), idempotency: new MemoryIdempotency() }],
  ])(
    'given that %s not replicated here, when the key is sent here, then it is stored once more with the same ids',
    async (_, later, arrived) => {
      const { eu, us } = regions(arrived);
      const first = await publishOnce(eu, publication(), 'k');
      unsettle(eu);
      us.runtime.time += later;
      const second = await publishOnce(us, publication(), 'k');
      expect([second.ids, second.origin]).toEqual([first.ids, US]);
      expect(await publishOnce(us, publication(), 'k')).toEqual(second);
      expect(stored(us, US)).toBe(1);
    },
  );

  test('given a record that replicates between two attempts here, then the ids stay the same and it is stored once', async () => {
    const { eu, us } = regions({ logs: new MemoryLogs(), idempotency: new MemoryIdempotency() });
    await publishOnce(eu, publication(), 'k');
    // The second request falls into the next window.
    us.runtime.time += 0.7 * HOUR;
    us.idempotency.settles = false;
    await publishOnce(us, publication(), 'k');
    us.idempotency.settles = true;
    unsettle(eu);
    for (const [row, record] of eu.idempotency.records) us.idempotency.records.set(row, record);
    await publishOnce(us, publication(), 'k');
    expect(stored(us, US)).toBe(1);
  });

  test('when the key is sent here with another body, then it is refused and the first keeps the key', async () => {
    const { eu, us } = regions();
    const first = await publishOnce(eu, publication(), 'k');
    await expect(publishOnce(us, publication([{ data: 'steal' }]), 'k')).rejects.toMatchObject({
      error: 'idempotency_key_reused',
    });
    expect(await publishOnce(us, publication(), 'k')).toEqual(first);
  });

  test('given a key that has expired in the other region, when it is sent here, then it is free', async () => {
    const { eu, us } = regions();
    await publishOnce(eu, publication(), 'k');
    us.runtime.time += HOUR;
    expect(await publishOnce(us, publication(), 'k')).toMatchObject({ origin: US, seqs: [1] });
  });

  test('when one key is sent for two channels, then both are stored', async () => {
    const { eu } = regions();
    await publishOnce(eu, publication(), 'k');
    await publishOnce(eu, { ...publication(), channel: 'chat:b' }, 'k');
    expect([stored(eu, EU), stored(eu, EU, 'chat:b')]).toEqual([1, 1]);
  });
});

describe('publish with retry', () => {
  const messages = [
    { id: 'm1', data: 1 },
    { id: 'm2', data: 2, enc: 'json' },
  ];
  const again = { ...publication(messages), earlier: 'recent' as const };

  test.each(['direct', 'fifo'] as const)(
    'when it is sent to another region, then it is found in the first region’s log (%s)',
    async (ordering) => {
      const { eu, us } = regions();
      const first = await publish(eu, publication(messages));
      expect(await publish(us, { ...again, ordering })).toEqual(first);
      expect([stored(us, EU), stored(us, US), us.queue.sent]).toEqual([1, 0, []]);
    },
  );

  test('given an entry that joins several publishes, when one of them is retried, then it is found in that entry', async () => {
    const { eu, us } = regions();
    const complete = messages.map((one) => ({ enc: 'json', ...one }));
    const received = [
      { sequence: '1', publish: { channel: CHANNEL, from: 'ada', messages: complete } },
      { sequence: '2', publish: { channel: CHANNEL, from: 'server', messages: complete } },
    ];
    expect(await write(eu, { channel: CHANNEL, received, retention: HOUR, deadline: FOREVER })).toEqual([]);
    expect(await publish(us, again)).toMatchObject({ origin: EU, seqs: [3, 4], ids: ['m1', 'm2'] });
  });

  test.each([
    ['another sender’s publish', { ...again, from: 'bob' }],
    ['another message with the same id', { ...again, messages: [{ id: 'm1', data: 3 }] }],
    ['a message without an id', { ...again, messages: [{ data: 1 }] }],
    ['a publish without retry', publication(messages)],
  ])('when %s is sent, then it is stored', async (_, other) => {
    const { eu, us } = regions();
    await publish(eu, publication(messages));
    expect(await publish(us, other)).toMatchObject({ origin: US, seqs: expect.arrayContaining([1]) });
  });
});
