import { POOL_SIZE, WORKER_POOL_SIZE } from '../../lambda/core/fanout/post';
import { printProgress } from '../support/command';
import type { Publication } from '../rig/audience-messages';
import type { Rig } from '../rig/cloud';
import { CALLBACK, DYNAMODB, SQS } from '../rig/latencies';
import { DIRECT_CHANNEL, OURS, oursDial, oursPublish } from '../rig/ours';
import { type MessageTimes, type Seat, textOf } from '../rig/recorder';
import type { FunctionUse } from './memory';
import { type Journey, journeyOf } from './stages';
import { type Role, roleOf, type Span, Watch } from './watch';

/** Publishes to a number of subscribers, and the functions' use of time for them. */
export interface Cell {
  readonly subscribers: number;
  readonly lost: number;
  readonly journeys: readonly Journey[];
  readonly functions: readonly FunctionUse[];
}

export interface Latencies {
  readonly cells: readonly Cell[];
  readonly connect: FunctionUse;
}

const BYTES = 200;
const PUBLISHER: Seat = -1;
const WARM_UP = 20;
/** Pause between the last receipt and the next publish: all functions have ended by then, so each call belongs to one publish. Milliseconds. */
const BETWEEN = 120;
/** Time without a frame after which missing messages are lost. Milliseconds. */
const LOST_AFTER = 5_000;
/** Number of connections that warm up the connect function, and of those that are measured. */
const CONNECTS = { warmUp: 20, measured: 40 };

export async function measure(rig: Rig, sizes: readonly number[], publishes: number): Promise<Latencies> {
  const watch = new Watch(rig);
  rig.emulateLatencies(CALLBACK);
  const connect = await measureConnect(rig, watch);
  await rig.seat(await oursDial(rig, OURS.stack, []), [PUBLISHER]);
  const cells: Cell[] = [];
  let [seated, messages] = [0, 0];
  for (const subscribers of sizes) {
    printProgress(`${subscribers} subscribers`);
    const newcomers = Array.from({ length: subscribers - seated }, (_, i) => seated + i);
    rig.healLatencies();
    await rig.seat(await oursDial(rig, OURS.stack, [DIRECT_CHANNEL]), newcomers);
    rig.emulateLatencies(CALLBACK);
    seated = subscribers;
    const seats = Array.from({ length: seated }, (_, seat) => seat);
    const play = (count: number): ReturnType<Rig['audience']['round']> => {
      const publications = Array.from({ length: count }, (): Publication => {
        messages += 1;
        return { message: messages, frame: oursPublish(DIRECT_CHANNEL, textOf(messages, BYTES), messages) };
      });
      const round = { publishers: [PUBLISHER], publications, seats, between: BETWEEN, lostAfter: LOST_AFTER };
      return rig.audience.round({ ...round, hasTimes: true });
    };
    await play(WARM_UP);
    await rig.idle();
    watch.take();
    const before = cpuByRole(rig);
    const { lost, times = [] } = await play(publishes);
    await rig.idle();
    const taken = watch.take();
    const after = cpuByRole(rig);
    const workers = taken.invocations.filter(({ what }) => what === 'fanout').length;
    const emulated = emulatedOf(subscribers, workers / publishes);
    const functions = (['message', 'fanout'] as const).flatMap((role) =>
      useOf(rig, {
        role,
        invocations: taken.invocations,
        cpu: (after.get(role) ?? 0) - (before.get(role) ?? 0),
        emulated: emulated[role],
      }),
    );
    cells.push({ subscribers, lost, journeys: journeysOf(times, taken), functions });
  }
  return { cells, connect };
}

/**
 * Time that functions wait for emulated latencies: requests to DynamoDB one after another, then rounds of concurrent posts. Milliseconds.
 *
 * @param workers number of workers per publish; 0 when the publisher's function posts
 */
export function emulatedOf(
  subscribers: number,
  workers: number,
): { readonly message: number; readonly fanout: number } {
  if (workers === 0) return { message: 2 * DYNAMODB + CALLBACK * Math.ceil(subscribers / POOL_SIZE), fanout: 0 };
  // A function that knows a channel to be large only appends.
  return { message: DYNAMODB + SQS, fanout: DYNAMODB + CALLBACK * Math.ceil(subscribers / workers / WORKER_POOL_SIZE) };
}

async function measureConnect(rig: Rig, watch: Watch): Promise<FunctionUse> {
  const { warmUp, measured } = CONNECTS;
  const seats = Array.from({ length: warmUp + measured }, (_, i) => -2 - i);
  const dial = await oursDial(rig, OURS.stack, []);
  await rig.seat(dial, seats.slice(0, warmUp));
  await rig.idle();
  watch.take();
  const before = cpuByRole(rig).get('connect') ?? 0;
  await rig.seat(dial, seats.slice(warmUp));
  await rig.idle();
  const cpu = (cpuByRole(rig).get('connect') ?? 0) - before;
  const { invocations } = watch.take();
  const [use] = useOf(rig, { role: 'connect', invocations, cpu, emulated: DYNAMODB });
  if (use === undefined) throw new Error('no connection was opened');
  await rig.audience.leave(seats);
  await rig.idle();
  return use;
}

/** CPU milliseconds of each function since its start, without loading its code. */
function cpuByRole(rig: Rig): ReadonlyMap<Role, number> {
  return new Map(
    rig.region.services.lambda.all().flatMap(({ config: { name } }) => {
      const role = roleOf(name);
      return role === undefined ? [] : [[role, rig.cpu(name).warm] as const];
    }),
  );
}

interface MeasuredRole {
  readonly role: Role;
  /** Invocations of all functions. */
  readonly invocations: readonly Span[];
  /** CPU milliseconds of all invocations of the role. */
  readonly cpu: number;
  /** Of one invocation. Milliseconds. */
  readonly emulated: number;
}

/** Empty when the function was not invoked. */
function useOf(rig: Rig, { role, invocations, cpu, emulated }: MeasuredRole): readonly FunctionUse[] {
  const own = invocations.filter(({ what }) => what === role);
  const found = rig.region.services.lambda.all().find(({ config }) => roleOf(config.name) === role);
  if (own.length === 0 || found === undefined) return [];
  const duration = own.reduce((sum, { begin, end }) => sum + end - begin, 0) / own.length;
  const { memory } = found.config;
  return [{ name: role, memory, invocations: own.length, cpu: cpu / own.length, duration, emulated }];
}

/** Publishes are sequential, so a call belongs to the publish before it. Publishes that were not delivered completely are left out. */
function journeysOf(times: readonly MessageTimes[], taken: ReturnType<Watch['take']>): readonly Journey[] {
  return times.flatMap((one, i) => {
    if (one.acknowledged === undefined || one.last === undefined) return [];
    const next = times[i + 1]?.sent ?? Number.POSITIVE_INFINITY;
    const during = (spans: readonly Span[]): readonly Span[] =>
      spans.filter(({ begin }) => begin >= one.sent && begin < next);
    return [journeyOf(one, during(taken.calls), during(taken.invocations))];
  });
}
