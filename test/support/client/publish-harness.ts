// The client's core with calls that publish, and the frames that they become.
import type { PublishOk } from '../../../protocol';
import { CHANNEL, ClientHarness, EPOCH, ORIGIN, type Sent } from './client-harness';

export const OTHER = 'chat:other';

export class PublishHarness extends ClientHarness {
  /** Ids of the messages of each publish frame to a channel, in the order of sending. */
  public frames(channel = CHANNEL): string[][] {
    return this.sent('publish')
      .filter((one) => one.channel === channel)
      .map(idsOf);
  }

  /** Publishes messages in one call. Returns the call. */
  public publishAll(...all: string[]): number {
    const messages = all.map((id) => ({ id, data: id }));
    return this.call((call) => {
      this.core.call({ kind: 'publish', channel: CHANNEL, fields: { messages }, call });
    });
  }

  /** Acknowledges a batch (by default the newest one): its messages are stored from `seq` on. */
  public acknowledge(seq: number, frame = this.sent('publish').at(-1)!): void {
    this.reply(frame, publishOk(idsOf(frame), seq));
  }
}

export function idsOf({ messages }: Sent): string[] {
  return messages!.map(({ id }) => id);
}

/** The answer to a publish whose first message is stored at `seq`. */
export function publishOk(all: readonly string[], seq: number): PublishOk {
  return { origin: ORIGIN, epoch: EPOCH, ids: all, seqs: all.map((_, i) => seq + i) };
}
