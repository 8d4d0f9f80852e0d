import type { Cursor } from '../../protocol';
import type { HistoryEvent } from '../../load/checker';

/** A line of the trace. */
export function describeEvent(event: HistoryEvent): string {
  switch (event.type) {
    case 'publish-begun':
      return `${event.from} publishes ${event.ids.join(' ')} to ${event.channel}`;
    case 'publish-acknowledged':
      return `acknowledged ${event.ids.join(' ')} at ${event.channel} ${event.origin} ${event.epoch ?? 'queue'}:${event.seqs?.join(',') ?? ''}`;
    case 'publish-refused':
      return `rejected ${event.ids.join(' ')} on ${event.channel}`;
    case 'stored':
      return `stored ${event.ids.join(' ')} at ${event.channel} ${event.origin} ${event.epoch}:${event.seq}`;
    case 'replicated':
      return `replicated ${event.channel} ${event.origin} ${event.epoch}:${event.seqs.join(',')} to ${event.region}`;
    case 'subscribed':
      return `${event.subscriber} subscribes to ${event.channel} at ${cursor(event.cursor)}`;
    case 'unsubscribed':
      return `${event.subscriber} unsubscribes from ${event.channel}`;
    case 'delivered':
      return `${event.subscriber} receives ${event.id} of ${event.channel} ${event.origin} ${event.epoch}:${event.seq}`;
    case 'exposed':
      return `${event.subscriber} sees ${event.id} of ${event.channel} ${event.origin} ${event.epoch}:${event.seq}`;
    case 'gap': {
      const { after, next } = event;
      const from = `${after.epoch}:${after.seq}`;
      return `${event.subscriber} receives a gap event of ${event.channel} ${event.origin} from ${from} to ${next.epoch}:${next.seq}`;
    }
    case 'judged': {
      const { subscriber, channel, region, verdict, from, to, more } = event;
      return `${subscriber} resumes ${channel} in ${region}: ${verdict}${more ? ', more' : ''}, ${cursor(from)} to ${cursor(to)}`;
    }
    case 'online':
    case 'offline':
      return `${event.subscriber} is ${event.type}`;
    case 'restarted':
      return `${event.subscriber} reloads with its cursors`;
    case 'removed':
      return `removed ${event.channel} ${event.origin} ${event.epoch}:${event.seqs.join(',')}`;
    case 'settled':
      return 'all deliveries have had time to complete';
  }
}

function cursor(value: Cursor): string {
  const entries = Object.entries(value).map(([origin, { epoch, seq }]) => `${origin}=${epoch}:${seq}`);
  return `{${entries.join(' ')}}`;
}
