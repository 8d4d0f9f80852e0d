// A model of one channel's client and of a server with two origin regions, for test/exploration/channel.test.ts. The client's machine
// (client/src/core/channel) runs unchanged; the server answers from a log that it knows exactly.
import { type ChannelEffect, type ChannelMachine, newChannel } from '../../client/src/core/channel/channel-state';
import {
  advance,
  gapTimerFired,
  pushed,
  retriedPending,
  subscribe,
  subscribed,
  suspend,
  synced,
} from '../../client/src/core/channel/channel-step';
import { resubscribe } from '../../client/src/core/channel/transitions';
import { check, type HistoryEvent } from '../../load/checker';
import { decodeCursor, encodeCursor, type LocatedMessage, type SubscribeOk } from '../../protocol';
import { answerOf, type Logs, messageAt, type Origin, ORIGINS, OTHER, OWN } from './channel-server';
import type { Model } from './explorer';

const CHANNEL = 'chat:a';
/** Rounds of the settling in which everything must arrive. */
const ROUNDS = 4;
/** Steps of a round, which takes far fewer unless it never ends. */
const MAX_STEPS = 100;
/** Clock of the history: the checker needs only its order. */
const FAR = 1e12;

interface Request {
  readonly kind: 'subscribe' | 'sync';
  readonly cursor: string | undefined;
  /** The answer, once the server has handled the request. */
  readonly ok?: SubscribeOk;
}

/** What may still happen of each kind. */
interface Budget {
  readonly publish: number;
  readonly lose: number;
  readonly expire: number;
  readonly reconnect: number;
  readonly sync: number;
}

export interface State {
  readonly machine: ChannelMachine;
  readonly logs: Logs;
  /** Whether the server has the subscription of the connection. */
  readonly isSubscribed: boolean;
  /** Pushes on their way, in any order. */
  readonly pushes: readonly LocatedMessage[];
  /** Requests on the connection, and their answers, in order. */
  readonly requests: readonly Request[];
  readonly timers: readonly string[];
  readonly budget: Budget;
  readonly history: readonly HistoryEvent[];
  /** What the application got: the part of the history that the future depends on. */
  readonly got: readonly string[];
}

export type Action =
  | { readonly type: 'publish' | 'expire'; readonly origin: Origin }
  | { readonly type: 'push' | 'lose'; readonly index: number }
  | { readonly type: 'replicate' | 'handle' | 'answer' | 'gap timer' | 'pending timer' | 'sync' | 'reconnect' };

export function channelModel(budget: Budget): Model<State, Action> {
  const empty: State = {
    machine: newChannel(CHANNEL),
    logs: { [OWN]: { end: 0, expired: 0, replicated: 0 }, [OTHER]: { end: 0, expired: 0, replicated: 0 } },
    isSubscribed: false,
    pushes: [],
    requests: [],
    timers: [],
    budget,
    history: [],
    got: [],
  };
  return {
    initial: dispatch(empty, (machine) => {
      subscribe(machine, undefined);
    }),
    actions,
    step,
    key: keyOf,
    violation,
    describe: (action) => Object.values(action).join(' '),
  };
}

/** Counters of fruitless requests only lengthen delays, so that their size above one does not matter. */
function keyOf({ history: _, machine, ...rest }: State): string {
  const fruitlessSubscribes = Math.min(1, machine.fruitlessSubscribes);
  const pending = { ...machine.pending, retries: Math.min(1, machine.pending.retries) };
  return JSON.stringify({ ...rest, machine: { ...machine, fruitlessSubscribes, pending } });
}

function actions({ logs, pushes, requests, timers, budget, isSubscribed, machine }: State): readonly Action[] {
  const isLive = machine.status.name === 'live';
  return [
    ...(budget.publish > 0 ? ORIGINS.map((origin) => ({ type: 'publish', origin }) as const) : []),
    ...(budget.expire > 0
      ? ORIGINS.filter((origin) => logs[origin].expired < logs[origin].replicated).map(
          (origin) => ({ type: 'expire', origin }) as const,
        )
      : []),
    ...pushes.map((_, index) => ({ type: 'push', index }) as const),
    ...(budget.lose > 0 ? pushes.map((_, index) => ({ type: 'lose', index }) as const) : []),
    ...(logs[OTHER].replicated < logs[OTHER].end ? [{ type: 'replicate' } as const] : []),
    ...(requests.some(({ ok }) => ok === undefined) ? [{ type: 'handle' } as const] : []),
    ...(requests[0]?.ok === undefined ? [] : [{ type: 'answer' } as const]),
    ...(timers.includes('gap') ? [{ type: 'gap timer' } as const] : []),
    // A request under way is answered, or times out, before the timer fires again.
    ...(timers.includes('pending') && requests.length === 0 ? [{ type: 'pending timer' } as const] : []),
    ...(budget.sync > 0 && isLive ? [{ type: 'sync' } as const] : []),
    ...(budget.reconnect > 0 && isSubscribed ? [{ type: 'reconnect' } as const] : []),
  ];
}

function step(state: State, action: Action): State {
  const { logs, pushes, requests, budget } = state;
  switch (action.type) {
    case 'publish': {
      const { origin } = action;
      const log = logs[origin];
      const end = log.end + 1;
      const message = messageAt(origin, end);
      const after = {
        ...state,
        logs: { ...logs, [origin]: { ...log, end, replicated: origin === OWN ? end : log.replicated } },
      };
      return {
        ...after,
        pushes: state.isSubscribed ? [...pushes, message] : pushes,
        budget: { ...budget, publish: budget.publish - 1 },
        history: [...state.history, ...published(message)],
      };
    }
    case 'expire': {
      const log = logs[action.origin];
      const expired = { ...log, expired: log.expired + 1 };
      return {
        ...state,
        logs: { ...logs, [action.origin]: expired },
        budget: { ...budget, expire: budget.expire - 1 },
      };
    }
    case 'push': {
      const message = pushes[action.index] as LocatedMessage;
      const rest = { ...state, pushes: pushes.filter((_, i) => i !== action.index) };
      const { origin, epoch } = message;
      return dispatch(rest, (machine) => {
        pushed(machine, { push: 'messages', channel: CHANNEL, origin, epoch, messages: [message] });
      });
    }
    case 'lose':
      return {
        ...state,
        pushes: pushes.filter((_, i) => i !== action.index),
        budget: { ...budget, lose: budget.lose - 1 },
      };
    case 'replicate':
      return { ...state, logs: { ...logs, [OTHER]: { ...logs[OTHER], replicated: logs[OTHER].replicated + 1 } } };
    case 'handle':
      return handle(state);
    case 'answer':
      return answer({ ...state, requests: requests.slice(1) }, requests[0] as Request);
    case 'gap timer':
      return dispatch(without(state, 'gap'), gapTimerFired);
    case 'pending timer':
      return askForPending(state);
    case 'sync':
      return ask({ ...state, budget: { ...budget, sync: budget.sync - 1 } });
    case 'reconnect':
      return reconnect({ ...state, budget: { ...budget, reconnect: budget.reconnect - 1 } });
  }
}

/** The server handles the first request that it has not handled. */
function handle(state: State): State {
  const index = state.requests.findIndex(({ ok }) => ok === undefined);
  const request = state.requests[index] as Request;
  const ok = answerOf(state.logs, request.cursor);
  return {
    ...state,
    isSubscribed: state.isSubscribed || request.kind === 'subscribe',
    requests: state.requests.map((one, i) => (i === index ? { ...one, ok } : one)),
  };
}

/** The client receives an answer. */
function answer(state: State, { kind, cursor, ok }: Request): State {
  if (ok === undefined) return state;
  const isFirst = kind === 'subscribe' && state.machine.cursor === undefined;
  const began = isFirst ? withStart(state, ok) : state;
  return dispatch(began, (machine) => {
    if (kind === 'subscribe') subscribed(machine, ok, cursor, 1);
    else synced(machine, ok);
  });
}

/** The subscription begins with its first answer. */
function withStart(state: State, ok: SubscribeOk): State {
  const event: HistoryEvent = {
    type: 'subscribed',
    t: state.history.length,
    subscriber: 's',
    channel: CHANNEL,
    cursor: decodeCursor(ok.cursor),
  };
  return { ...state, history: [...state.history, event], got: [...state.got, `from ${ok.cursor}`] };
}

function reconnect(state: State): State {
  const lost = { ...state, isSubscribed: false, pushes: [], requests: [], timers: [] };
  return dispatch(dispatch(lost, suspend), resubscribe);
}

function askForPending(state: State): State {
  return ask(dispatch(without(state, 'pending'), retriedPending));
}

/** Sends a sync, if the channel is live. */
function ask(state: State): State {
  const { status, cursor, pending } = state.machine;
  if (status.name !== 'live' || cursor === undefined) return state;
  const from = encodeCursor({ ...cursor, ...pending.positions });
  return { ...state, requests: [...state.requests, { kind: 'sync', cursor: from }] };
}

/** Lets the machine take an event, and carries out its effects. */
function dispatch(state: State, event: (machine: ChannelMachine) => void): State {
  const machine = structuredClone(state.machine);
  event(machine);
  let after = perform({ ...state, machine });
  for (let { task } = machine; task !== undefined; { task } = machine) {
    advance(machine, task);
    after = perform(after);
  }
  return after;
}

function perform(state: State): State {
  return state.machine.effects.splice(0).reduce(carryOut, state);
}

function carryOut(state: State, effect: ChannelEffect): State {
  const t = state.history.length;
  const subject = { t, subscriber: 's', channel: CHANNEL };
  switch (effect.type) {
    case 'subscribe': {
      const cursor = effect.cursor === undefined ? undefined : encodeCursor(effect.cursor);
      // The client ignores the answer to an earlier subscribe.
      const others = state.requests.filter(({ kind }) => kind !== 'subscribe');
      return { ...state, requests: [...others, { kind: 'subscribe', cursor }] };
    }
    case 'message': {
      const { origin, epoch, seq, id, from } = effect.message;
      const event: HistoryEvent = { type: 'delivered', ...subject, origin, epoch, seq, id, from };
      return { ...state, history: [...state.history, event], got: [...state.got, id] };
    }
    case 'gap': {
      const { origin, after, next } = effect.gap;
      const event: HistoryEvent = { type: 'gap', ...subject, origin, after, next };
      return {
        ...state,
        history: [...state.history, event],
        got: [...state.got, `gap ${origin} ${after.seq} ${next.seq}`],
      };
    }
    case 'hold':
      return { ...state, timers: [...new Set([...state.timers, 'gap'])].sort() };
    case 'timer':
      return { ...state, timers: [...new Set([...state.timers, nameOf(effect.name)])].sort() };
    case 'cancel':
      return without(state, nameOf(effect.name));
    default:
      return state;
  }
}

/** The kind of a timer, whose name ends with the channel. */
function nameOf(timer: string): string {
  return timer.split(' ')[0] ?? '';
}

function without(state: State, timer: string): State {
  return { ...state, timers: state.timers.filter((one) => one !== timer) };
}

function published({ origin, epoch, seq, id, from }: LocatedMessage): readonly HistoryEvent[] {
  const event = { t: 0, channel: CHANNEL, from, ids: [id] };
  return [
    { type: 'publish-begun', ...event },
    { type: 'stored', ...event, origin, epoch, seq, expires: FAR },
  ];
}

/** Judges what has happened, and what will have happened when the connection works and nothing new is published. */
function violation(state: State): string | undefined {
  const end = settle(state);
  if (end === undefined) return 'the client asks for ever';
  if (end.machine.status.name !== 'live') return `the channel ends ${end.machine.status.name}`;
  // Messages expire when the model says so, not by time.
  const expired = (event: HistoryEvent): HistoryEvent =>
    event.type === 'stored' && event.seq <= end.logs[event.origin as Origin].expired
      ? { ...event, expires: -1 }
      : event;
  const history = [...end.history.map(expired), { type: 'settled', t: end.history.length } as const];
  const [problem] = check(history).problems;
  return problem && `${problem.kind}: ${problem.message}`;
}

/** Lets everything happen that is under way, and syncs until nothing is missing. @returns undefined when it never ends */
function settle(state: State): State | undefined {
  let at: State = { ...state, budget: { publish: 0, lose: 0, expire: 0, reconnect: 0, sync: 0 } };
  for (let round = 0; round < ROUNDS; round++) {
    let left = MAX_STEPS;
    for (let next = actions(at).at(0); next !== undefined; next = actions(at).at(0)) {
      at = step(at, next);
      left -= 1;
      if (left === 0) return undefined;
    }
    if (round < ROUNDS - 1) at = ask(at);
  }
  return at;
}
