// Asynchronous invocations: Lambda queues the event and retries it.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
import type { Clock } from '../../support/clock';
import type { InvocationResult } from '../../types';

/** Delays of the two retries of a failed invocation: one minute, then two. Milliseconds. */
const RETRY_DELAYS = [60_000, 120_000] as const;
/** Longest time for which a throttled event is retried, with a backoff from one second to five minutes. Milliseconds. */
const MAX_AGE = 6 * 3_600_000;
const FIRST_BACKOFF = 1_000;
const MAX_BACKOFF = 300_000;

export interface AsyncOptions {
  readonly clock: Clock;
  readonly stopped: () => boolean;
}

/** Invokes until it succeeds or Lambda would drop the event; returns the reason if the event is dropped. */
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
