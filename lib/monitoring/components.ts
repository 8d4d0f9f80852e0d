// What the resources of a region are for: what an alarm on one of them means for users depends on it.
import type { FunctionName } from '../contract/functions';

/** A table. */
export type TableRole = 'connections' | 'messages' | 'channels';

/** A queue that has a function behind it. */
export type QueueRole = 'fanout' | 'publish' | 'inbox';

/** What is told about a role. */
export interface RoleFacts {
  /** What users notice when it does not work, as the end of "Impact: ". */
  readonly impact: string;
}

/** What is told about a function. */
export interface FunctionFacts extends RoleFacts {
  /** Whether a client or a server waits for its answer, or for what it writes. */
  readonly isServing: boolean;
}

/** What is told about a table. */
export interface TableFacts extends RoleFacts {
  /** What functions do with it: DynamoDB counts its own errors for each operation. */
  readonly operations: readonly string[];
  /**
   * What users notice when its items reach another region late.
   *
   * @default - it is not replicated
   */
  readonly lagImpact?: string;
}

export const FUNCTIONS: Readonly<Record<FunctionName, FunctionFacts>> = {
  authorizer: { isServing: true, impact: 'nobody can connect; connections that are open live on.' },
  connect: { isServing: true, impact: 'new connections are refused; connections that are open live on.' },
  disconnect: {
    isServing: false,
    impact: 'none at once; rows of closed connections stay until they expire, and publishes take longer.',
  },
  message: { isServing: true, impact: 'subscribes, publishes and catching up over connections fail.' },
  publish: { isServing: true, impact: 'publishes of servers fail.' },
  health: { isServing: false, impact: 'none at once; the region answers as unhealthy, and may be taken out of DNS.' },
  fanout: { isServing: true, impact: 'messages of large channels come only when clients ask, after up to 45 s.' },
  writer: { isServing: true, impact: 'publishes of FIFO namespaces are acknowledged, but not delivered.' },
  inbox: { isServing: false, impact: 'messages of other regions come only when clients ask, after up to 45 s.' },
  drain: { isServing: false, impact: 'none; but clients do not move away when the region is drained.' },
};

export const TABLES: Readonly<Record<TableRole, TableFacts>> = {
  connections: {
    impact: 'connects, subscribes and deliveries of this region fail.',
    operations: ['BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'],
  },
  messages: {
    impact: 'publishes are refused, or catching up is.',
    operations: ['GetItem', 'PutItem', 'Query'],
    lagImpact:
      'clients that move to the other region don’t find their newest messages there, until replication catches up; live delivery goes on.',
  },
  channels: {
    impact: 'regions do not learn who listens where, and send each other more than is needed, or too late.',
    operations: ['DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'],
    lagImpact:
      'the other region learns late who listens here, and what is drained; whoever has just subscribed gets its messages only when they ask.',
  },
};

export const QUEUES: Readonly<Record<QueueRole, RoleFacts>> = {
  fanout: { impact: 'messages of large channels come late, or only when clients ask, after up to 45 s.' },
  publish: { impact: 'publishes of FIFO namespaces are acknowledged, but not delivered.' },
  inbox: { impact: 'messages of other regions come only when clients ask, after up to 45 s.' },
};

/** Functions that post to connections: their logs tell what became of the posts. */
export const POSTING: readonly FunctionName[] = ['message', 'publish', 'fanout', 'writer', 'inbox', 'drain'];

/** Functions that send what they append to other regions: their logs tell what could not be sent. */
export const SENDING: readonly FunctionName[] = ['message', 'publish', 'writer'];

export const SERVING = (Object.keys(FUNCTIONS) as FunctionName[]).filter((role) => FUNCTIONS[role].isServing);
export const BACKGROUND = (Object.keys(FUNCTIONS) as FunctionName[]).filter((role) => !FUNCTIONS[role].isServing);
