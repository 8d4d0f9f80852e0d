import { connectTo, failOnRefusal, type TargetOptions } from './target';

export interface TailOptions extends TargetOptions {
  readonly cursor?: string;
  readonly count?: number;
  readonly json: boolean;
}

/** Prints a channel's messages as they come, until a signal or the count; then the cursor to go on from. */
export async function tail(channelName: string, options: TailOptions): Promise<void> {
  const client = await connectTo(options);
  const refusal = failOnRefusal(client);
  const channel = client.channel(channelName, options.cursor === undefined ? {} : { cursor: options.cursor });
  const refused = new Promise<never>((_, reject) => {
    channel.on('state', (state, reason) => {
      if (state === 'detached' && reason !== undefined) reject(reason);
    });
  });
  const done = new Promise<void>((resolve) => {
    let seen = 0;
    channel.on('message', (message) => {
      const { seq, origin, ts, from, data } = message;
      const text = typeof data === 'string' ? data : JSON.stringify(data);
      const time = new Date(ts).toISOString();
      process.stdout.write(
        options.json ? `${JSON.stringify(message)}\n` : `${time} ${origin} ${seq} ${from}: ${text}\n`,
      );
      seen += 1;
      if (options.count !== undefined && seen >= options.count) resolve();
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
    if (channel.cursor !== undefined) {
      process.stdout.write(
        options.json ? `${JSON.stringify({ cursor: channel.cursor })}\n` : `cursor ${channel.cursor}\n`,
      );
    }
  } finally {
    client.close();
  }
}
