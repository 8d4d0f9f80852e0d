import type { Replicated } from './history';
import type { Place } from './logs';

/** When messages reached the replicas of other regions. */
export class Replicas {
  private readonly times = new Map<string, number>();

  public take({ channel, origin, region, epoch, seqs, t }: Replicated): void {
    for (const seq of seqs) {
      const name = `${channel}#${origin}#${region}#${epoch}#${seq}`;
      if (!this.times.has(name)) this.times.set(name, t);
    }
  }

  /** When a message reached a region. Infinite when it has not. Milliseconds since 1970. */
  public at(
    channel: string,
    {
      origin,
      region,
      place,
    }: { readonly origin: string; readonly region: string; readonly place: Pick<Place, 'epoch' | 'seq'> },
  ): number {
    return this.times.get(`${channel}#${origin}#${region}#${place.epoch}#${place.seq}`) ?? Number.POSITIVE_INFINITY;
  }
}
