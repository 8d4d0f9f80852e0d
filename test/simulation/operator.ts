// What `cdk-realtime epoch new` does, as long as the core has no function for it.
import type { LogKey, LogStore } from '../../lambda/core/log/log-store';

export async function openNewEpoch(_store: LogStore, _key: LogKey, _now: number): Promise<void> {
  // Nothing yet.
}
