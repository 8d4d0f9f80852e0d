// Records the publishes, stored messages and deliveries of a local network for the delivery checker.
import type { Channel, ChannelMessage, PublishAck } from '../../client/src';
import { DELETE_GRACE } from '../../lambda/core/log/epochs';
import { check, type HistoryEvent, type Problem, type Stored } from '../../load/checker';
import { decodeCursor } from '../../protocol';
import type { LocalNetwork } from './local/local-network';

/** An event without its time. */
type UntimedEvent = HistoryEvent extends infer E ? (E extends HistoryEvent ? Omit<E, 't'> : never) : never;

export class Recorder {
  public readonly history: HistoryEvent[] = [];

  /** Starts to record the messages that are stored in the network's logs. */
  public constructor(network: LocalNetwork) {
    network.region.services.dynamodb.onWrite(({ table, before, after }) => {
      if (table !== network.tables.messages || before !== undefined || after?.m === undefined) return;
      const row = after as unknown as Record<'pk' | 'sk' | 'f' | 'm', { S: string }> & { x: { N: string } };
      const [channel = '', origin = ''] = row.pk.S.split('#');
      const [epoch = '', seq] = row.sk.S.split('#');
      const messages = JSON.parse(row.m.S) as readonly { readonly id: string; readonly from?: string }[];
      const expires = Number(row.x.N) * 1_000 - DELETE_GRACE;
      // In fifo channels, the messages of one entry may have several senders.
      for (const [i, { id, from = row.f.S }] of messages.entries()) {
        const place = { channel, origin, epoch, seq: Number(seq) + i };
        this.record({ type: 'stored', ...place, ids: [id], from, expires });
      }
    });
  }

  /** Subscribes to a channel. Returns the messages, to which later ones are added. */
  public listen(subscriber: string, channel: Channel): ChannelMessage[] {
    const messages: ChannelMessage[] = [];
    const { name } = channel;
    let isStarted = false;
    channel.on('state', (state) => {
      if (isStarted || state !== 'live') return;
      isStarted = true;
      this.record({ type: 'subscribed', subscriber, channel: name, cursor: decodeCursor(channel.cursor) });
    });
    channel.on('gap', ({ origin, after, next }) => {
      this.record({ type: 'gap', subscriber, channel: name, origin, after, next });
    });
    channel.subscribe((message) => {
      const { origin, epoch, seq, id, from } = message;
      this.record({ type: 'delivered', subscriber, channel: name, origin, epoch, seq, id, from });
      messages.push(message);
    });
    return messages;
  }

  /** Publishes one message, whose data is its id. */
  public async publish(from: string, channel: Channel, id: string): Promise<PublishAck> {
    this.publishStarted(from, channel.name, id);
    const ack = await channel.publish(id, { id });
    const { origin, epoch, seq } = ack;
    const seqs = seq === undefined ? undefined : [seq];
    this.record({ type: 'publish-acknowledged', channel: channel.name, origin, ids: [id], epoch, seqs });
    return ack;
  }

  /** Records the start of a publish, for publishers without the SDK. */
  public publishStarted(from: string, channel: string, id: string): void {
    this.record({ type: 'publish-begun', channel, from, ids: [id] });
  }

  /** The message ids of a channel's log, in order. */
  public stored(channel: string): string[] {
    return this.history
      .filter((event): event is Stored => event.type === 'stored' && event.channel === channel)
      .sort((a, b) => (a.epoch === b.epoch ? a.seq - b.seq : a.epoch < b.epoch ? -1 : 1))
      .flatMap(({ ids }) => ids);
  }

  /** Checks the history after all deliveries have completed. Returns the broken guarantees. */
  public problems(): readonly Problem[] {
    this.record({ type: 'settled' });
    return check(this.history).problems;
  }

  private record(event: UntimedEvent): void {
    this.history.push({ t: Date.now(), ...event });
  }
}
