/** A namespace as the stack declares it. */
export interface NamespaceSettings {
  /** What is promised for its channels (README: what is promised). */
  readonly kind: 'durable';
  /** How long messages can be caught up on, in seconds. */
  readonly retention: number;
}

/** The network's namespaces by name. */
export type Namespaces = ReadonlyMap<string, NamespaceSettings>;

/**
 * Reads the NAMESPACES variable that the construct writes.
 *
 * @throws Error when it is not what the construct writes: a fault of the deployment, not of a request
 */
export function readNamespaces(json: string): Namespaces {
  const entries = Object.entries(JSON.parse(json) as Record<string, NamespaceSettings>);
  for (const [name, { kind, retention }] of entries) {
    if ((kind as string) !== 'durable' || !(retention > 0)) throw new Error(`NAMESPACES: ${name} is not a namespace`);
  }
  return new Map(entries);
}

/** The retention of a channel that has been authorized, in milliseconds. */
export function retentionOf(namespaces: Namespaces, channel: string): number {
  const settings = namespaces.get(channel.slice(0, channel.indexOf(':')));
  if (settings === undefined) throw new Error(`retentionOf: ${channel} was not authorized`);
  return settings.retention * 1000;
}
