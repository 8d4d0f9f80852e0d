import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Runtime } from '../core/runtime';

/** The system's clock, randomness and timers. */
export const runtime: Runtime = {
  now: () => Date.now(),
  random: () => Math.random(),
  id: () => randomUUID(),
  sleep: (ms) => sleep(ms),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};
