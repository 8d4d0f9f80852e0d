// Several addresses are opened, each a moment after the one before: the first that is open is used.
import type { WebSocketLike } from '../../../client/src';
import { HappyEyeballs } from '../../../client/src/happy-eyeballs';

class FakeSocket implements WebSocketLike {
  public onopen: (() => void) | null = null;
  public onmessage: (() => void) | null = null;
  public onclose: (() => void) | null = null;
  public onerror: (() => void) | null = null;
  public closed = false;
  public constructor(public readonly url: string) {}
  public send(): void {
    throw new Error('nothing is sent in a race');
  }
  /** As a browser's: its events come, or not, whoever closed it. */
  public close(): void {
    this.closed = true;
    this.onerror!();
    this.onclose!();
  }
}

let sockets: FakeSocket[];
let told: unknown[];
const urls = (): string[] => sockets.map(({ url }) => url);

function race(...addresses: string[]): HappyEyeballs {
  const connect = (url: string): FakeSocket => {
    if (url === 'bad') throw new SyntaxError('not an address');
    sockets.push(new FakeSocket(url));
    return sockets.at(-1)!;
  };
  const made = new HappyEyeballs(addresses, connect, {
    opened: (socket, url) => told.push(['opened', url, sockets.find((one) => one === socket)?.url]),
    failed: (reason) => told.push(['failed', reason?.message]),
  });
  made.start();
  return made;
}

beforeEach(() => {
  jest.useFakeTimers();
  sockets = [];
  told = [];
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

test('the first is open soon: no other is tried', () => {
  race('a', 'b');
  jest.advanceTimersByTime(1_499);
  sockets[0]!.onopen!();
  jest.advanceTimersByTime(10_000);
  expect([urls(), told, sockets[0]!.closed]).toEqual([['a'], [['opened', 'a', 'a']], false]);
});

test('the next is tried 1.5 s later, and so on; whichever is open first is used, and the others are closed', () => {
  race('a', 'b', 'c');
  jest.advanceTimersByTime(1_500);
  expect(urls()).toEqual(['a', 'b']);
  jest.advanceTimersByTime(1_500);
  expect(urls()).toEqual(['a', 'b', 'c']);
  sockets[1]!.onopen!();
  // Too late.
  sockets[2]!.onopen!();
  expect(sockets.map(({ closed }) => closed)).toEqual([true, false, true]);
  expect(told).toEqual([['opened', 'b', 'b']]);
});

test('when one fails, the next is tried at once', () => {
  race('a', 'b', 'c');
  sockets[0]!.onclose!();
  expect(urls()).toEqual(['a', 'b']);
  // The next has its whole head start.
  jest.advanceTimersByTime(1_499);
  expect(urls()).toEqual(['a', 'b']);
  jest.advanceTimersByTime(1);
  expect(urls()).toEqual(['a', 'b', 'c']);
  sockets[2]!.onopen!();
  expect(told).toEqual([['opened', 'c', 'c']]);
});

test('it has failed when all have', () => {
  race('a', 'b');
  jest.advanceTimersByTime(1_500);
  sockets[1]!.onclose!();
  expect(told).toEqual([]);
  sockets[0]!.onclose!();
  expect(told).toEqual([['failed', undefined]]);
});

test('an address that no WebSocket takes has failed, and tells why when it was the last', () => {
  race('bad', 'b');
  expect(urls()).toEqual(['b']);
  sockets[0]!.onclose!();
  race('bad');
  expect(told).toEqual([
    ['failed', undefined],
    ['failed', expect.stringContaining('not an address')],
  ]);
});

test('one that is called off closes what it has begun, and tells nobody', () => {
  const begun = race('a', 'b', 'c');
  jest.advanceTimersByTime(1_500);
  begun.close();
  jest.advanceTimersByTime(10_000);
  for (const socket of sockets) socket.onopen!();
  expect([urls(), sockets.map(({ closed }) => closed), told]).toEqual([['a', 'b'], [true, true], []]);
});
