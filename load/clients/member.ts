import {
  type Channel,
  type ChannelMessage,
  RealtimeClient,
  type RealtimeClientOptions,
  RealtimeError,
} from '../../client/src';
import { decodeCursor } from '../../protocol';
import type { Recording } from './recording';

/** A member of an audience: a client of the real SDK whose events are recorded. */
export class Member {
  private readonly client: RealtimeClient;
  private published = 0;

  /** @param home the nearest region */
  public constructor(
    public readonly name: string,
    public readonly home: string,
    options: RealtimeClientOptions,
    private readonly recording: Recording,
  ) {
    this.client = new RealtimeClient(options);
    this.client.on('state', (state) => {
      if (state === 'connected') recording.record({ type: 'online', subscriber: name });
      if (state === 'disconnected') recording.record({ type: 'offline', subscriber: name });
    });
    this.client.on('region', (region) => recording.served.push({ t: recording.now(), client: name, region }));
  }

  /** Subscribes. Resolves once the channel is live. */
  public async listen(channelName: string): Promise<void> {
    const { recording, name: subscriber } = this;
    const channel = this.client.channel(channelName);
    channel.on('gap', ({ origin, after, next }) => {
      recording.record({ type: 'gap', subscriber, channel: channelName, origin, after, next });
    });
    channel.on('verdict', ({ verdict }) => {
      recording.verdicts.push({ t: recording.now(), client: subscriber, channel: channelName, verdict });
    });
    const live = new Promise<void>((resolve, reject) => {
      let begun = false;
      channel.on('state', (state, reason) => {
        if (state === 'detached') reject(reason ?? new RealtimeError('connection_closed'));
        if (begun || state !== 'live') return;
        begun = true;
        const cursor = decodeCursor(channel.cursor);
        recording.record({ type: 'subscribed', subscriber, channel: channelName, cursor });
        resolve();
      });
    });
    channel.subscribe((message) => {
      this.delivered(message);
    });
    await live;
  }

  /**
   * Publishes. A publish that fails is retried with its id, as an application does that must not lose the messages of its users.
   *
   * @param retryFor how long to retry. Milliseconds
   * @returns whether it was acknowledged
   */
  public async publish(channelName: string, retryFor: number): Promise<boolean> {
    const { recording, name } = this;
    const channel = this.client.channel(channelName);
    this.published += 1;
    const id = `${name}-${this.published}`;
    const begun = recording.now();
    recording.record({ type: 'publish-begun', channel: channelName, from: name, ids: [id] });
    let error: unknown;
    do {
      try {
        await this.tryPublish(channel, id);
        recording.publishes.push({ t: begun, client: name, took: recording.now() - begun });
        return true;
      } catch (thrown) {
        error = thrown;
      }
    } while (isTransient(error) && recording.now() - begun < retryFor);
    recording.publishes.push({ t: begun, client: name, error: nameOf(error) });
    return false;
  }

  public close(): void {
    this.client.close();
  }

  private async tryPublish(channel: Channel, id: string): Promise<void> {
    const { origin, epoch, seq } = await channel.publish(id, { id });
    const seqs = seq === undefined ? undefined : [seq];
    this.recording.record({ type: 'publish-acknowledged', channel: channel.name, origin, ids: [id], epoch, seqs });
  }

  private delivered({ channel, origin, epoch, seq, id, from }: ChannelMessage): void {
    this.recording.record({ type: 'delivered', subscriber: this.name, channel, origin, epoch, seq, id, from });
  }
}

function isTransient(error: unknown): boolean {
  return error instanceof RealtimeError && error.retry !== 'never';
}

function nameOf(error: unknown): string {
  return error instanceof RealtimeError ? error.error : String(error);
}
