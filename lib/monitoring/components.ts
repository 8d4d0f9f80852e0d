// Components of a region, and what users notice when one fails.
import type { FunctionName } from '../contract/functions';

/** A table. */
export type TableComponent = 'connections' | 'messages' | 'channels';

/** A queue. */
export type QueueComponent = 'fanout' | 'publish' | 'inbox';

/** Facts about a component. */
export interface ComponentFacts {
  /** What users notice when it fails, as the end of "Impact: ". */
  readonly impact: string;
}

/** Facts about a function. */
export interface FunctionFacts extends ComponentFacts {
  /** Whether a client or a server waits for its answer, or for what it writes. */
  readonly isServing: boolean;
}

/** Facts about a table. */
export interface TableFacts extends ComponentFacts {
  /** Operations that functions use: DynamoDB has SystemErrors only for each operation. */
  readonly operations: readonly string[];
  /**
   * What users notice when its items are replicated late.
   *
   * @default - it is not replicated
   */
  readonly lagImpact?: string;
}

export const FUNCTIONS: Readonly<Record<FunctionName, FunctionFacts>> = {
  authorizer: { isServing: true, impact: "clients can't connect; open connections stay open." },
  connect: { isServing: true, impact: 'new connections are refused; open connections stay open.' },
  disconnect: {
    isServing: false,
    impact: 'none at first; rows of closed connections stay until they expire, and publishes take longer.',
  },
  message: { isServing: true, impact: 'subscribes, publishes and resumes over connections fail.' },
  publish: { isServing: true, impact: 'publishes by servers fail.' },
  health: {
    isServing: false,
    impact: 'none at first; the region reports unhealthy, and DNS may stop resolving to it.',
  },
  fanout: {
    isServing: true,
    impact: "messages of large channels arrive only with the clients' next sync, up to 45 s later.",
  },
  writer: { isServing: true, impact: 'publishes to FIFO namespaces are acknowledged, but not delivered.' },
  inbox: {
    isServing: false,
    impact: "messages from other regions arrive only with the clients' next sync, up to 45 s later.",
  },
  drain: { isServing: false, impact: 'none; but clients do not move to other regions when the region is drained.' },
};

export const TABLES: Readonly<Record<TableComponent, TableFacts>> = {
  connections: {
    impact: 'connects, subscribes and deliveries of this region fail.',
    operations: ['BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'],
  },
  messages: {
    impact: 'publishes and resumes fail.',
    operations: ['GetItem', 'PutItem', 'Query'],
    lagImpact:
      "clients that move to the other region don't find their newest messages there until replication catches up; live delivery continues.",
  },
  channels: {
    impact:
      "regions don't know which channels have subscribers elsewhere: they send each other too many messages, or send them too late.",
    operations: ['DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'],
    lagImpact:
      'the other region learns late of new subscribers here, and of drained regions; new subscribers get its messages only with their next sync.',
  },
};

export const QUEUES: Readonly<Record<QueueComponent, ComponentFacts>> = {
  fanout: { impact: "messages of large channels arrive late, or only with the clients' next sync, up to 45 s later." },
  publish: { impact: 'publishes to FIFO namespaces are acknowledged, but not delivered.' },
  inbox: { impact: "messages from other regions arrive only with the clients' next sync, up to 45 s later." },
};

/** Functions that post to connections: their logs contain the results. */
export const POSTING_FUNCTIONS: readonly FunctionName[] = ['message', 'publish', 'fanout', 'writer', 'inbox', 'drain'];

/** Functions that send messages to other regions: their logs contain the failures. */
export const PEER_SENDING_FUNCTIONS: readonly FunctionName[] = ['message', 'publish', 'writer'];

const ALL_FUNCTIONS = Object.keys(FUNCTIONS) as FunctionName[];
export const SERVING_FUNCTIONS = ALL_FUNCTIONS.filter((name) => FUNCTIONS[name].isServing);
export const BACKGROUND_FUNCTIONS = ALL_FUNCTIONS.filter((name) => !FUNCTIONS[name].isServing);
