import { PUBLISH_ROUTE } from '../gateway/http-gateway';
import { RegionAlarms } from './region-alarms';
import type { WatchedFunction, WatchedQueue, WatchedTable } from './monitored-resources';
import type { IRealtimeAlarms, RealtimeAlarms } from '../realtime-alarms';
import type { RealtimeApi } from '../realtime-api';
import { type NetworkMembership, peersOf } from '../network/region-context';

/** What a backend does not tell everybody. */
export interface BackendAlarmsOptions {
  /** Its functions, with what alarms have to know of each. */
  readonly functions: readonly WatchedFunction[];
  /**
   * The network that it is one region of.
   *
   * @default - none
   */
  readonly membership?: NetworkMembership;
}

/** Makes the alarms of a backend whose parts are all there; none when they are disabled. */
export function addAlarms(
  backend: RealtimeApi,
  alarms: RealtimeAlarms,
  { functions, membership }: BackendAlarmsOptions,
): IRealtimeAlarms | undefined {
  if (!alarms.enabled) return undefined;
  const peers = membership === undefined ? [] : peersOf(membership);
  return new RegionAlarms(backend, 'Alarms', {
    alarms,
    watched: {
      webSocket: { apiId: backend.webSocketApi.apiId, stageName: backend.webSocketStage.stageName },
      http: {
        ...{ apiId: backend.httpApi.apiId, stageName: backend.httpStage.stageName },
        ...{ method: PUBLISH_ROUTE.method, path: PUBLISH_ROUTE.path },
      },
      functions,
      tables: tablesOf(backend, peers),
      queues: queuesOf(backend),
    },
    name: membership?.network ?? backend.node.path,
    ...(membership === undefined ? {} : { prefix: membership.network }),
  });
}

function tablesOf(
  { connectionsTable, messagesTable, channelsTable }: RealtimeApi,
  peers: readonly string[],
): WatchedTable[] {
  return [
    { role: 'connections', tableName: connectionsTable.tableName },
    { role: 'messages', tableName: messagesTable.tableName, receivingRegions: peers },
    // Without peers nobody uses it.
    ...(channelsTable === undefined || peers.length === 0
      ? []
      : [{ role: 'channels' as const, tableName: channelsTable.tableName, receivingRegions: peers }]),
  ];
}

function queuesOf({
  fanoutQueue,
  fanoutDeadLetterQueue,
  publishQueue,
  publishDeadLetterQueue,
  inboxQueue,
  inboxDeadLetterQueue,
}: RealtimeApi): WatchedQueue[] {
  return [
    { role: 'fanout', queue: fanoutQueue, deadLetterQueue: fanoutDeadLetterQueue },
    ...(publishQueue === undefined
      ? []
      : [{ role: 'publish' as const, queue: publishQueue, deadLetterQueue: publishDeadLetterQueue }]),
    ...(inboxQueue === undefined
      ? []
      : [{ role: 'inbox' as const, queue: inboxQueue, deadLetterQueue: inboxDeadLetterQueue }]),
  ];
}
