// The audience: plain WebSocket connections in a process of their own, so that their CPU time is not counted for the functions.
import WebSocket from 'ws';
import type { Answer, Dial, Order, Round, Seating } from './audience-messages';
import { Recorder, type Seat } from './recorder';

/** Maximum time for one connection to join, with all its attempts. Milliseconds. */
const JOIN_TIMEOUT = 60_000;
/** Pause before a refused connection is tried again. Milliseconds. */
const RETRY_AFTER = 200;

const sockets = new Map<Seat, WebSocket>();
let recorder: Recorder | undefined;
let lastFrameAt = 0;

/** One clock is enough, because this process both publishes and receives. */
const now = (): number => performance.now();
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * @returns whether the connection has joined
 * @throws when the last attempt failed
 */
async function join(dial: Dial, seat: Seat, isLast: boolean): Promise<boolean> {
  try {
    sockets.set(seat, await connect(dial, seat));
    return true;
  } catch (error) {
    if (isLast) throw error;
    return false;
  }
}

/** The header `x-seat` tells which connection of the gateway belongs to which seat. */
async function connect(dial: Dial, seat: Seat): Promise<WebSocket> {
  const socket = new WebSocket(dial.url, [...dial.protocols], {
    perMessageDeflate: false,
    headers: { 'x-seat': String(seat) },
  });
  let answered: ((text: string) => void) | undefined;
  socket.on('message', (data: Buffer) => {
    if (answered !== undefined) answered(data.toString());
    else if (recorder !== undefined) {
      lastFrameAt = now();
      recorder.received(seat, data, lastFrameAt);
      recorder.answered(data, lastFrameAt);
    }
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  const { joins = [] } = dial;
  for (const frame of joins[seat % joins.length] ?? []) {
    const answer = await new Promise<string>((resolve, reject) => {
      answered = resolve;
      socket.once('close', reject);
      socket.send(frame);
    });
    answered = undefined;
    if (dial.joined !== undefined && !answer.includes(dial.joined)) {
      socket.terminate();
      throw new Error(`the connection could not join: ${answer}`);
    }
  }
  return socket;
}

async function seat({ dial, seats, atOnce }: Seating): Promise<void> {
  const left = [...seats];
  const lane = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const deadline = now() + JOIN_TIMEOUT;
      while (!(await join(dial, next, now() > deadline))) await sleep(RETRY_AFTER);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, seats.length) }, lane));
}

async function leave(seats: readonly Seat[]): Promise<void> {
  await Promise.all(
    seats.map(async (one) => {
      const socket = sockets.get(one);
      sockets.delete(one);
      if (socket === undefined || socket.readyState === WebSocket.CLOSED) return;
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.close();
      await closed;
    }),
  );
}

async function play(round: Round): Promise<Answer> {
  const { publishers, publications, seats, rate, between, lostAfter, hasTimes } = round;
  const record = new Recorder(seats);
  recorder = record;
  const isTimedOut = (): boolean => now() - lastFrameAt > lostAfter;
  const started = now();
  for (const [i, { message, frame }] of publications.entries()) {
    if (rate !== undefined) await sleep(Math.max(0, started + (1_000 * i) / rate - now()));
    lastFrameAt = now();
    record.sent(message, lastFrameAt);
    sockets.get(publishers[i % publishers.length] ?? -1)?.send(frame);
    if (rate !== undefined) continue;
    while (!record.isDeliveredToAll(message) && !isTimedOut()) await sleep(1);
    await sleep(between);
  }
  while (record.missing > 0 && !isTimedOut()) await sleep(1);
  recorder = undefined;
  const times = hasTimes === true ? record.times(performance.timeOrigin) : undefined;
  return { received: { ...record.report(), times } };
}

async function carryOut(order: Order): Promise<Answer> {
  switch (order.do) {
    case 'seat':
      await seat(order);
      return {};
    case 'leave':
      await leave(order.seats);
      return {};
    case 'round':
      return play(order);
  }
}

process.on('message', (order: Order) => {
  void carryOut(order)
    .catch((error: unknown): Answer => ({ error: error instanceof Error ? error.message : String(error) }))
    .then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit());
