// Transitions and effects that several events have in common.
import type { LocatedMessage, Verdict } from '../../../../protocol';
import type { ChannelMachine, ChannelStatus } from './channel-state';

/** Subscribes again from the cursor on, unless the channel is detached. Waiting messages wait for the answer. */
export function resubscribe(machine: ChannelMachine): void {
  if (machine.status.name !== 'detached') request(machine, machine.status.waiting);
}

/** Sends a subscribe, after the application has been told. It covers all messages that were dropped before. */
export function request(machine: ChannelMachine, waiting: readonly LocatedMessage[]): void {
  machine.task = { type: 'request' };
  cancelTimers(machine);
  enter(machine, { name: 'subscribing', waiting, hasOverflowed: false });
}

/** Changes the status, and tells the application when its name is another. */
export function enter(machine: ChannelMachine, status: ChannelStatus, reason?: Error): void {
  const { name, status: before, effects } = machine;
  machine.status = status;
  if (before.name !== status.name) effects.push({ type: 'channelState', channel: name, state: status.name, reason });
}

export function report({ name, effects }: ChannelMachine, verdict: Verdict, origins: readonly string[] = []): void {
  effects.push({ type: 'verdict', event: { channel: name, verdict, origins } });
}

export function cancelTimer({ name, effects }: ChannelMachine, timer: 'gap' | 'pending'): void {
  effects.push({ type: 'cancel', name: `${timer} ${name}` });
}

export function cancelTimers(machine: ChannelMachine): void {
  cancelTimer(machine, 'gap');
  cancelTimer(machine, 'pending');
}
