import type { Cursor } from '../../protocol';
import type { HistoryEvent } from '../../load/checker';

/** An event of the history, for a person to read. */
export function lineOf(event: HistoryEvent): string {
  switch (event.type) {
    case 'publish-begun':
      return `${event.from} publishes ${event.ids.join(' ')} on ${event.channel}`;
    case 'publish-acknowledged':
      return `acknowledged ${event.ids.join(' ')} at ${event.channel} ${event.origin} ${event.epoch ?? 'queue'}:${event.seqs?.join(',') ?? ''}`;
    case 'publish-refused':
      return `refused ${event.ids.join(' ')} on ${event.channel}`;
    case 'stored':
      return `stored ${event.ids.join(' ')} at ${event.channel} ${event.origin} ${event.epoch}:${event.seq}`;
    case 'subscribed':
      return `${event.subscriber} begins on ${event.channel} at ${cursor(event.cursor)}`;
    case 'unsubscribed':
      return `${event.subscriber} leaves ${event.channel}`;
    case 'delivered':
      return `${event.subscriber} gets ${event.id} of ${event.channel} ${event.origin} ${event.epoch}:${event.seq}`;
    case 'gap': {
      const { after, next } = event;
      const from = `${after.epoch}:${after.seq}`;
      return `${event.subscriber} is told of a gap in ${event.channel} ${event.origin} from ${from} to ${next.epoch}:${next.seq}`;
    }
    case 'judged': {
      const { subscriber, channel, region, verdict, from, to, more } = event;
      return `${subscriber} hears from ${region} of ${channel}: ${verdict}${more ? ', more' : ''}, ${cursor(from)} to ${cursor(to)}`;
    }
    case 'online':
    case 'offline':
      return `${event.subscriber} is ${event.type}`;
    case 'restarted':
      return `${event.subscriber} begins anew`;
    case 'settled':
      return 'settled';
  }
}

function cursor(value: Cursor): string {
  const entries = Object.entries(value).map(([origin, { epoch, seq }]) => `${origin}=${epoch}:${seq}`);
  return `{${entries.join(' ')}}`;
}
