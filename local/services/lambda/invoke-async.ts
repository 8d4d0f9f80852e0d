// Asynchronous invocations: the event waits in a queue of Lambda's own, and is tried again.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
import type { Clock } from '../../support/clock';
import type { InvocationResult } from '../../types';

/** Waits before the two retries of an invocation that failed: one minute, then two. Milliseconds. */
const RETRY_DELAYS = [60_000, 120_000] as const;
/** An event that is throttled is tried again for so long, first after a second, at last every five minutes. Milliseconds. */
const MAX_AGE = 6 * 3_600_000;
const FIRST_BACKOFF = 1_000;
const MAX_BACKOFF = 300_000;

export interface AsyncOptions {
  readonly clock: Clock;
  readonly stopped: () => boolean;
}

/** Invokes until it succeeds, or Lambda would give up; returns why it was given up, if it was. */
export async function invokeAsync(
  invoke: () => Promise<InvocationResult>,
  { clock, stopped }: AsyncOptions,
): Promise<string | undefined> {
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve));
  const until = clock.now() + MAX_AGE;
  let backoff = FIRST_BACKOFF;
  let failures = 0;
  while (!stopped()) {
    const { error, throttled } = await invoke();
    if (throttled === true) {
      if (clock.now() + backoff > until) return 'throttled for six hours';
      await sleep(backoff);
      backoff = Math.min(2 * backoff, MAX_BACKOFF);
      continue;
    }
    if (error === undefined) return undefined;
    const delay = RETRY_DELAYS[failures];
    if (delay === undefined) return error.errorMessage;
    failures += 1;
    await sleep(delay);
  }
  return undefined;
}
