import { connectionOf } from './connection-lifetime';
import type { ConnectionStore } from './connection-store';
import type { OpenedConnection, TransportEvents, TransportLimits } from './transport';

/** Records the connections that the transport opens and closes. */
export class ConnectionRegistry implements TransportEvents {
  public constructor(
    private readonly connections: ConnectionStore,
    private readonly limits: TransportLimits,
  ) {}

  public connect(opened: OpenedConnection): Promise<void> {
    return this.connections.open(connectionOf(opened, this.limits));
  }

  public async close(connectionId: string): Promise<{ channels: number }> {
    // The connection's row is deleted first, so that no subscription can be added meanwhile.
    const shards = await this.connections.close(connectionId);
    if (shards.length > 0) await this.connections.removeSubscribers(shards, connectionId);
    return { channels: shards.length };
  }
}
