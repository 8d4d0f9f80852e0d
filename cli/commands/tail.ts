import type { ChannelMessage } from '../../client/src';
import { connectTo, failOnRefusal, type TargetOptions } from '../network/target';

export interface TailOptions extends TargetOptions {
  readonly cursor?: string;
  readonly count?: number;
  readonly json: boolean;
}

/** Prints the messages of a channel until a signal or the count, then the cursor to continue from. */
export async function tail(channelName: string, options: TailOptions): Promise<void> {
  const client = await connectTo(options);
  const refusal = failOnRefusal(client);
  const channel = client.channel(channelName, { cursor: options.cursor });
  const refused = new Promise<never>((_, reject) => {
    channel.on('state', (state, reason) => {
      if (state === 'detached' && reason !== undefined) reject(reason);
    });
  });
  // The cursor after the last printed message: further messages may have arrived with it.
  let cursor: string | undefined;
  const done = new Promise<void>((resolve) => {
    let seen = 0;
    const off = channel.on('message', (message) => {
      process.stdout.write(options.json ? `${JSON.stringify(message)}\n` : line(message));
      seen += 1;
      if (seen !== options.count) return;
      ({ cursor } = channel);
      off();
      resolve();
    });
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  channel.on('verdict', ({ verdict, origins }) => {
    if (verdict !== 'complete') process.stderr.write(`resumed ${verdict}: ${origins.join(', ')}\n`);
  });
  try {
    channel.subscribe();
    await Promise.race([done, refusal, refused]);
    cursor ??= channel.cursor;
    if (cursor !== undefined)
      process.stdout.write(options.json ? `${JSON.stringify({ cursor })}\n` : `cursor ${cursor}\n`);
  } finally {
    client.close();
  }
}

function line({ seq, origin, ts, from, data }: ChannelMessage): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return `${new Date(ts).toISOString()} ${origin} ${seq} ${from}: ${text}\n`;
}
