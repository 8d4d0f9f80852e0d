import { createInterface } from 'node:readline';
import type { PublishAck } from '../../client/src';
import { RealtimeError } from '../../protocol';
import { connectTo, failOnRefusal, type TargetOptions } from '../network/target';

export interface PublishOptions extends TargetOptions {
  readonly id?: string;
  readonly retry: boolean;
  readonly json: boolean;
}

/** Publishes one message, or with `-` each line of standard input. */
export async function publish(channelName: string, data: string, options: PublishOptions): Promise<void> {
  if (data === '-' && options.id !== undefined) {
    throw new RealtimeError('cli_usage', '--id applies to one message, but standard input may contain several.');
  }
  if (options.retry && options.id === undefined) throw new RealtimeError('cli_usage', '--retry needs --id.');
  const client = await connectTo(options);
  const refusal = failOnRefusal(client);
  try {
    const channel = client.channel(channelName);
    const send = async (text: string, id?: string): Promise<void> => {
      const publishOptions = id === undefined ? {} : { id, retry: options.retry };
      const ack = await Promise.race([channel.publish(parseData(text), publishOptions), refusal]);
      process.stdout.write(
        options.json ? `${JSON.stringify(ack)}\n` : `stored ${placeOf(ack)} of ${ack.origin} (${ack.id})\n`,
      );
    };
    if (data !== '-') await send(data, options.id);
    else for await (const line of createInterface({ input: process.stdin })) if (line !== '') await send(line);
  } finally {
    client.close();
  }
}

function placeOf({ seq }: PublishAck): string {
  return seq === undefined ? 'in the queue' : `as ${seq}`;
}

/** Data that is valid JSON is published as JSON, other data as text. */
function parseData(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
