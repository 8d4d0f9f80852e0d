import type { NamespaceSettings, NamespacesVariable, Ordering } from '../../../lib/contract/namespaces-variable';

/** What applies to a channel. */
export interface ChannelSettings {
  /** Milliseconds. */
  readonly retention: number;
  readonly ordering: Ordering;
}

/** The network's namespaces by name. */
export type Namespaces = ReadonlyMap<string, NamespaceSettings>;

/**
 * Reads the NAMESPACES variable that the construct writes.
 *
 * @throws Error when it is not what the construct writes: a fault of the deployment, not of a request
 */
export function readNamespaces(json: string): Namespaces {
  const entries = Object.entries(JSON.parse(json) as NamespacesVariable);
  for (const [name, { kind, retention, ordering = 'direct' }] of entries) {
    const isKnown = (kind as string) === 'durable' && ['direct', 'fifo'].includes(ordering);
    if (!isKnown || !(retention > 0)) throw new Error(`NAMESPACES: ${name} is not a namespace`);
  }
  return new Map(entries);
}

/** What applies to a channel that has been authorized. */
export function settingsOf(namespaces: Namespaces, channel: string): ChannelSettings {
  const settings = namespaces.get(channel.slice(0, channel.indexOf(':')));
  if (settings === undefined) throw new Error(`settingsOf: ${channel} was not authorized`);
  const { retention, ordering = 'direct' } = settings;
  return { retention: retention * 1000, ordering };
}
