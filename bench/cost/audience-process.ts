// Many subscribers, in a process of their own: bare WebSocket connections that count what comes.
import WebSocket from 'ws';

/** How to become a subscriber. */
export interface Join {
  readonly do: 'join';
  readonly url: string;
  readonly protocols: readonly string[];
  /** The frame that subscribes. */
  readonly frame: string;
  readonly count: number;
  /** Connections that are being made at once. */
  readonly atOnce: number;
}

/** Waits until so many frames have come since the last order, or for so many milliseconds. */
export interface Expect {
  readonly do: 'expect';
  readonly frames: number;
  readonly within: number;
}

export type Order = Join | Expect;
export type Answer = { readonly frames: number } | { readonly error: string };

const sockets: WebSocket[] = [];
let frames = 0;
let changed = (): void => undefined;

async function joinOne({ url, protocols, frame }: Join): Promise<void> {
  const socket = new WebSocket(url, [...protocols], { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const answered = new Promise<string>((resolve, reject) => {
    socket.once('message', (data: Buffer) => {
      resolve(data.toString());
    });
    socket.once('close', () => {
      reject(new Error('closed instead of an answer'));
    });
  });
  socket.send(frame);
  const answer = await answered;
  if (!answer.includes('"ok"')) throw new Error(`no subscriber: ${answer}`);
  socket.on('message', () => {
    frames += 1;
    changed();
  });
  socket.on('error', () => undefined);
  sockets.push(socket);
}

async function join(order: Join): Promise<Answer> {
  let left = order.count;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await joinOne(order);
    }
  };
  await Promise.all(Array.from({ length: order.atOnce }, lane));
  return { frames };
}

async function expect({ frames: wanted, within }: Expect): Promise<Answer> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, within);
    changed = () => {
      if (frames < wanted) return;
      clearTimeout(timer);
      resolve();
    };
    changed();
  });
  changed = () => undefined;
  const came = frames;
  frames = 0;
  return { frames: came };
}

process.on('message', (order: Order) => {
  (order.do === 'join' ? join(order) : expect(order))
    .catch((error: unknown): Answer => ({ error: String(error) }))
    .then((answer) => process.send?.(answer))
    .catch(() => process.exit(1));
});
process.on('disconnect', () => process.exit());
