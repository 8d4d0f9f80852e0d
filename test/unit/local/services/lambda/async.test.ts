// Asynchronous invocations: accepted at once and retried as AWS documents, on an accelerated clock.
import { SystemClock } from '../../../../../local';
import { invokeAsync } from '../../../../../local/services/lambda/invoke-async';
import { cloudOf, fn } from '../../../../support/local/local-cloud';
import { until } from '../../../../support/until';

test('when an event fails, then it is retried after one and after two minutes', async () => {
  const clock = new SystemClock(1_000);
  const at: number[] = [];
  const why = await invokeAsync(
    () => {
      at.push(clock.now());
      return Promise.resolve({ payload: null, error: { errorType: 'Error', errorMessage: 'no' } });
    },
    { clock, stopped: () => false },
  );
  expect(why).toBe('no');
  expect(at).toHaveLength(3);
  expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(59_000);
  expect(at[2]! - at[1]!).toBeGreaterThanOrEqual(119_000);
});

test('when an event is throttled, then it is retried for six hours without using its retries', async () => {
  const clock = new SystemClock(100_000);
  let throttles = 5;
  const patient = await invokeAsync(() => Promise.resolve({ payload: null, throttled: throttles-- > 0 }), {
    clock,
    stopped: () => false,
  });
  expect([patient, throttles]).toEqual([undefined, -1]);
  const start = clock.now();
  const given = await invokeAsync(() => Promise.resolve({ payload: null, throttled: true }), {
    clock,
    stopped: () => false,
  });
  expect(given).toBe('throttled for six hours');
  expect(clock.now() - start).toBeGreaterThan(5 * 3_600_000);
});

test('when an event is invoked asynchronously, then the answer is 202, and a dropped event is logged', async () => {
  const cloud = await cloudOf(
    {
      Once: fn(
        'once',
        "let n = 0; exports.handler = async () => { n += 1; console.log('attempt ' + n); if (n < 2) throw new Error('first'); };",
      ),
      Never: fn('never', "exports.handler = async () => { throw new Error('always'); };"),
    },
    { clock: new SystemClock(2_000) },
  );
  for (const name of ['once', 'never']) {
    const response = await fetch(`${cloud.region.endpoint}/2015-03-31/functions/${name}/invocations`, {
      method: 'POST',
      body: '{}',
      headers: { 'x-amz-invocation-type': 'Event' },
    });
    expect([response.status, await response.text()]).toEqual([202, '']);
  }
  const said = (source: string, text: string): boolean =>
    cloud.logs.some((line) => line.source === source && line.message.includes(text));
  await until(() => said('once', 'attempt 2'), 'it is tried again');
  await until(() => said('never', 'asynchronous invocation dropped: always'), 'it is given up');
  expect(said('once', 'attempt 3')).toBe(false);
  await cloud.stop();
});
