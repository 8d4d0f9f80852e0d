import type { IHttpApi, IHttpStage, IWebSocketApi, IWebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Construct } from 'constructs';
import { PUBLISH_ROUTE } from '../gateway/http-gateway';
import { peersOf, type RegionContext } from '../network/region-context';
import type { WorkQueue } from '../queues/work-queue';
import type { IRealtimeAlarms } from '../realtime-alarm-options';
import type { RealtimeAlarms } from '../realtime-alarms';
import type { RealtimeTables } from '../storage/realtime-tables';
import type { MonitoredFunction, MonitoredQueue, MonitoredTable } from './monitored-resources';
import { RegionAlarms } from './region-alarms';

/** Props of {@link addAlarms}: the parts of a backend. */
export interface BackendAlarmsProps {
  /** Alarms to create, and the topics they notify. */
  readonly alarms: RealtimeAlarms;
  /** The WebSocket API. */
  readonly webSocket: { readonly api: IWebSocketApi; readonly stage: IWebSocketStage };
  /** The HTTP API. */
  readonly http: { readonly api: IHttpApi; readonly stage: IHttpStage };
  /** All functions. */
  readonly functions: readonly MonitoredFunction[];
  /** The tables. */
  readonly tables: RealtimeTables;
  /** Queue of fan-out jobs. */
  readonly fanoutQueue: WorkQueue;
  /**
   * Queue of publishes to FIFO namespaces.
   *
   * @default - there is no such namespace
   */
  readonly publishQueue?: WorkQueue;
  /**
   * Queue of messages from other regions.
   *
   * @default - there are no other regions
   */
  readonly inboxQueue?: WorkQueue;
  /**
   * The network that the backend is one region of.
   *
   * @default - none
   */
  readonly regionContext?: RegionContext;
}

/** Creates the alarms of a backend, unless they are disabled. */
export function addAlarms(backend: Construct, props: BackendAlarmsProps): IRealtimeAlarms | undefined {
  const { alarms, webSocket, http, functions, tables, regionContext } = props;
  if (!alarms.enabled) return undefined;
  return new RegionAlarms(backend, 'Alarms', {
    alarms,
    monitored: {
      webSocket: { apiId: webSocket.api.apiId, stageName: webSocket.stage.stageName },
      http: {
        apiId: http.api.apiId,
        stageName: http.stage.stageName,
        method: PUBLISH_ROUTE.method,
        path: PUBLISH_ROUTE.path,
      },
      functions,
      tables: monitoredTables(tables, regionContext === undefined ? [] : peersOf(regionContext)),
      queues: monitoredQueues(props),
    },
    name: regionContext?.networkName ?? backend.node.path,
    prefix: regionContext?.networkName,
  });
}

function monitoredTables(
  { connections, messages, channels }: RealtimeTables,
  receivingRegions: readonly string[],
): MonitoredTable[] {
  const all: MonitoredTable[] = [
    { component: 'connections', tableName: connections.tableName },
    { component: 'messages', tableName: messages.tableName, receivingRegions },
  ];
  // Functions use the Channels table only with other regions.
  if (channels === undefined || receivingRegions.length === 0) return all;
  return [...all, { component: 'channels', tableName: channels.tableName, receivingRegions }];
}

function monitoredQueues({ fanoutQueue, publishQueue, inboxQueue }: BackendAlarmsProps): MonitoredQueue[] {
  const all = [
    { component: 'fanout' as const, queues: fanoutQueue },
    { component: 'publish' as const, queues: publishQueue },
    { component: 'inbox' as const, queues: inboxQueue },
  ];
  return all.flatMap(({ component, queues }) =>
    queues === undefined ? [] : [{ component, queue: queues.queue, deadLetterQueue: queues.deadLetterQueue }],
  );
}
