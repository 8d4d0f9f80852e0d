import {
  DEFAULT_RESUME_WINDOW_SECONDS,
  type NamespaceSettings,
  type NamespacesVariable,
  type Ordering,
} from '../../../lib/contract/namespaces-variable';

/** Settings of a channel. */
export interface ChannelSettings {
  /** Milliseconds. */
  readonly retention: number;
  readonly ordering: Ordering;
  /** How long before its connection began a reader without the `history` right may look back. Milliseconds. */
  readonly resumeWindow: number;
}

/** The network's namespaces by name. */
export type Namespaces = ReadonlyMap<string, NamespaceSettings>;

/**
 * Parses the NAMESPACES variable that the construct sets.
 *
 * @throws Error when it is invalid: a fault of the deployment, not of a request
 */
export function readNamespaces(json: string): Namespaces {
  const entries = Object.entries(JSON.parse(json) as NamespacesVariable);
  for (const [name, { kind, retention, ordering = 'direct', resumeWindow = 1 }] of entries) {
    const isKnown = (kind as string) === 'durable' && ['direct', 'fifo'].includes(ordering);
    if (!isKnown || !(retention > 0) || !(resumeWindow > 0))
      throw new Error(`NAMESPACES: the settings of ${name} are invalid`);
  }
  return new Map(entries);
}

/** Settings of a channel. Its access must have been authorized, so that the namespace exists. */
export function settingsOf(namespaces: Namespaces, channel: string): ChannelSettings {
  const settings = namespaces.get(channel.slice(0, channel.indexOf(':')));
  if (settings === undefined) throw new Error(`settingsOf: ${channel} was not authorized`);
  const { retention, ordering = 'direct', resumeWindow = DEFAULT_RESUME_WINDOW_SECONDS } = settings;
  return { retention: retention * 1000, ordering, resumeWindow: resumeWindow * 1000 };
}
