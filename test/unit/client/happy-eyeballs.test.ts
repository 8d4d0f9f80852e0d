// Addresses are tried in turn, each with a head start before the next. The first one that opens is used.
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
    throw new Error('nothing is sent while connecting');
  }
  /** A browser's socket emits its events after close() too. */
  public close(): void {
    this.closed = true;
    this.onerror!();
    this.onclose!();
  }
}

let sockets: FakeSocket[];
let results: unknown[];
const urls = (): string[] => sockets.map(({ url }) => url);

function connect(...addresses: string[]): HappyEyeballs {
  const open = (url: string): FakeSocket => {
    if (url === 'bad') throw new SyntaxError('not an address');
    sockets.push(new FakeSocket(url));
    return sockets.at(-1)!;
  };
  const made = new HappyEyeballs(addresses, open, {
    opened: (socket, url) => results.push(['opened', url, sockets.find((one) => one === socket)?.url]),
    failed: (reason) => results.push(['failed', reason?.message]),
  });
  made.start();
  return made;
}

beforeEach(() => {
  jest.useFakeTimers();
  sockets = [];
  results = [];
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

test('when the first address opens within its head start, then no other is tried', () => {
  connect('a', 'b');
  jest.advanceTimersByTime(1_499);
  sockets[0]!.onopen!();
  jest.advanceTimersByTime(10_000);
  expect([urls(), results, sockets[0]!.closed]).toEqual([['a'], [['opened', 'a', 'a']], false]);
});

test('when an address is not open after 1.5 s, then the next is tried too; when one opens, the others are closed', () => {
  connect('a', 'b', 'c');
  jest.advanceTimersByTime(1_500);
  expect(urls()).toEqual(['a', 'b']);
  jest.advanceTimersByTime(1_500);
  expect(urls()).toEqual(['a', 'b', 'c']);
  sockets[1]!.onopen!();
  // Too late.
  sockets[2]!.onopen!();
  expect(sockets.map(({ closed }) => closed)).toEqual([true, false, true]);
  expect(results).toEqual([['opened', 'b', 'b']]);
});

test('when an address fails, then the next is tried at once', () => {
  connect('a', 'b', 'c');
  sockets[0]!.onclose!();
  expect(urls()).toEqual(['a', 'b']);
  // The next has its whole head start.
  jest.advanceTimersByTime(1_499);
  expect(urls()).toEqual(['a', 'b']);
  jest.advanceTimersByTime(1);
  expect(urls()).toEqual(['a', 'b', 'c']);
  sockets[2]!.onopen!();
  expect(results).toEqual([['opened', 'c', 'c']]);
});

test('when all addresses have failed, then it has failed', () => {
  connect('a', 'b');
  jest.advanceTimersByTime(1_500);
  sockets[1]!.onclose!();
  expect(results).toEqual([]);
  sockets[0]!.onclose!();
  expect(results).toEqual([['failed', undefined]]);
});

test('when the WebSocket refuses an address, then it has failed, with the reason if it was the last', () => {
  connect('bad', 'b');
  expect(urls()).toEqual(['b']);
  sockets[0]!.onclose!();
  connect('bad');
  expect(results).toEqual([
    ['failed', undefined],
    ['failed', expect.stringContaining('not an address')],
  ]);
});

test('when it is closed, then its sockets are closed, and the listener gets no result', () => {
  const begun = connect('a', 'b', 'c');
  jest.advanceTimersByTime(1_500);
  begun.close();
  jest.advanceTimersByTime(10_000);
  for (const socket of sockets) socket.onopen!();
  expect([urls(), sockets.map(({ closed }) => closed), results]).toEqual([['a', 'b'], [true, true], []]);
});
