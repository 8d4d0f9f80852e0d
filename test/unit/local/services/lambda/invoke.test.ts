// Execution of functions: isolation, freezing, failures, and the Invoke API.
import {
  arnOfFunction,
  cloudOf,
  fn,
  temporaryFolder,
  type TestCloud,
  writeFiles,
} from '../../../../support/local/local-cloud';
import { until } from '../../../../support/until';
import { Instance } from '../../../../../local/services/lambda/instance';

let cloud: TestCloud;

beforeAll(async () => {
  process.env.PARENT_SECRET = 'of the parent';
  cloud = await cloudOf({
    Echo: fn('echo', 'exports.handler = async (event) => ({ event });'),
    Env: fn(
      'env',
      'exports.handler = async () => ({ own: process.env.OWN, parent: process.env.PARENT_SECRET, fn: process.env.AWS_LAMBDA_FUNCTION_NAME, region: process.env.AWS_REGION });',
      { Environment: { Variables: { OWN: 'mine' } } },
    ),
    Other: fn('other', 'exports.handler = async () => ({ own: process.env.OWN ?? null });'),
    Count: fn(
      'count',
      'let n = 0; exports.handler = async ({ wait = 0 }) => { n += 1; await new Promise((r) => setTimeout(r, wait)); return n; };',
    ),
    Burst: fn(
      'burst',
      'let n = 0; exports.handler = async () => { n += 1; await new Promise((r) => setTimeout(r, 20)); return n; };',
    ),
    Never: fn('never', 'exports.handler = () => new Promise(() => undefined);'),
    Frozen: fn(
      'frozen',
      'let late = 0; exports.handler = async ({ leave, wait = 0 }) => { if (leave) setTimeout(() => { late = Date.now(); }, 1); if (wait > 0) await new Promise((r) => setTimeout(r, wait)); return { late, now: Date.now() }; };',
    ),
    Slow: fn(
      'slow',
      'let n = 0; exports.handler = async ({ hang }) => { n += 1; if (hang) await new Promise(() => setInterval(() => 1, 1000)); return n; };',
      {
        Timeout: 1,
      },
    ),
    Spin: fn('spin', 'exports.handler = async () => { for (;;); };', { Timeout: 1 }),
    Throw: fn(
      'throw',
      "class Oops extends Error { name = 'Oops'; } exports.handler = async ({ what }) => { throw what ?? new Oops('no'); };",
    ),
    Sync: fn('sync', "exports.handler = () => { throw new RangeError('at once'); };"),
    Exit: fn(
      'exit',
      'let n = 0; exports.handler = async ({ code }) => { n += 1; if (code !== undefined) process.exit(code); return n; };',
    ),
    Rejects: fn(
      'rejects',
      "let n = 0; exports.handler = async ({ bad }) => { n += 1; if (bad) { Promise.reject(new TypeError('lost')); await new Promise((r) => setTimeout(r, 5_000)); } return n; };",
    ),
    Uncaught: fn(
      'uncaught',
      "exports.handler = async () => { setTimeout(() => { throw new Error('in a timer'); }, 1); await new Promise((r) => setTimeout(r, 5_000)); };",
    ),
    Memory: fn(
      'memory',
      'let n = 0; exports.handler = async ({ eat }) => { n += 1; const all = []; while (eat) all.push(new Array(100_000).fill(Math.random())); return n; };',
      { MemorySize: 128 },
    ),
    Init: fn('init', "throw new Error('no start');"),
    Missing: fn('missing', 'exports.other = 1;'),
    NoModule: fn('no-module', "require('./not-there'); exports.handler = async () => 1;"),
    BadSyntax: fn('bad-syntax', 'exports.handler = async () => {'),
    Reserved: fn(
      'reserved',
      'exports.handler = async ({ wait }) => { await new Promise((r) => setTimeout(r, wait)); return 1; };',
      {
        ReservedConcurrentExecutions: 1,
      },
    ),
    Large: fn('large', "exports.handler = async ({ size }) => 'x'.repeat(size);"),
    Remaining: fn(
      'remaining',
      'exports.handler = async (event, context) => ({ left: context.getRemainingTimeInMillis(), id: context.awsRequestId, arn: context.invokedFunctionArn, name: context.functionName });',
    ),
    Callback: fn('callback', "exports.handler = (event, context, callback) => callback(null, 'late');"),
    Older: fn('older', "exports.handler = (event, context, callback) => callback(null, 'in time');", {
      Runtime: 'nodejs22.x',
    }),
    Prints: fn('prints', "exports.handler = async () => { console.log('said %d', 1); console.error('shouted'); };"),
    Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Echo' } } },
    Alias: {
      Type: 'AWS::Lambda::Alias',
      Properties: { FunctionName: { Ref: 'Echo' }, FunctionVersion: '1', Name: 'live' },
    },
  });
});

afterAll(async () => {
  delete process.env.PARENT_SECRET;
  await cloud.stop();
});

const payload = async (name: string, event: unknown = {}): Promise<any> => (await cloud.invoke(name, event)).payload;

describe('an instance', () => {
  test('when it runs, then it has the environment of its function only', async () => {
    expect(await payload('env')).toEqual({ own: 'mine', fn: 'env', region: 'eu-west-1' });
    expect(await payload('other')).toEqual({ own: null });
  });

  test('when it is invoked again, then it keeps its module state, which no other instance shares', async () => {
    expect([await payload('count'), await payload('count')]).toEqual([1, 2]);
    // The first instance is busy, so each invocation gets its own.
    const at = await Promise.all([0, 1, 2].map(() => payload('count', { wait: 1_500 })));
    expect([...at].sort()).toEqual([1, 1, 3]);
  });

  test('when an invocation ends, then it is frozen, and pending work continues in the next invocation', async () => {
    expect(await payload('frozen', { leave: true })).toMatchObject({ late: 0 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = Date.now();
    const { late } = await payload('frozen', { wait: 50 });
    expect(late).toBeGreaterThanOrEqual(before);
  });

  test('when it is invoked, then the handler receives its context', async () => {
    const { left, id, arn, name } = await payload('remaining');
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(10_000);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect([arn, name]).toEqual([arnOfFunction('remaining'), 'remaining']);
  });

  test('when it writes output, then the log has it with the request id', async () => {
    await cloud.invoke('prints', {});
    const said = () => cloud.logs.filter(({ source }) => source === 'prints');
    await until(() => said().some(({ message }) => message.includes('shouted')), 'the output is logged');
    expect(said().find(({ message }) => message.includes('said 1'))?.requestId).toBeDefined();
    expect(said().some(({ message }) => message.startsWith('REPORT RequestId: '))).toBe(true);
  });
});

describe('a failed invocation', () => {
  test('when the handler throws, then type, message and trace are reported and the instance stays alive', async () => {
    expect(await cloud.invoke('throw')).toMatchObject({
      error: { errorType: 'Oops', errorMessage: 'no' },
      payload: { errorType: 'Oops', errorMessage: 'no', trace: expect.arrayContaining(['Oops: no']) },
    });
    expect(await payload('throw', { what: 'a text' })).toEqual({
      errorType: 'string',
      errorMessage: 'a text',
      trace: [],
    });
    expect(await payload('sync')).toMatchObject({ errorType: 'RangeError', errorMessage: 'at once' });
  });

  test('when the handler times out, then the instance ends', async () => {
    expect(await payload('slow')).toBe(1);
    expect(await payload('slow', { hang: true })).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/),
    });
    expect(await payload('slow')).toBe(1);
    expect(await payload('spin')).toMatchObject({ errorType: 'Sandbox.Timedout' });
  });

  test('when the handler calls process.exit, then the instance ends', async () => {
    expect(await payload('exit')).toBe(1);
    expect(await payload('exit', { code: 0 })).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('Error: Runtime exited without providing a reason'),
    });
    expect(await payload('exit', { code: 3 })).toMatchObject({
      errorMessage: expect.stringContaining('Error: Runtime exited with error: exit status 3'),
    });
    expect(await payload('exit')).toBe(1);
  });

  test('when a rejection or an error is unhandled, then the instance ends and the next call gets a new one', async () => {
    expect(await payload('rejects')).toBe(1);
    expect(await payload('rejects', { bad: true })).toMatchObject({
      errorType: 'Runtime.UnhandledPromiseRejection',
      errorMessage: 'TypeError: lost',
    });
    // Immediately: the ending instance must not be used again.
    expect(await payload('rejects')).toBe(1);
    expect(await payload('uncaught')).toMatchObject({ errorType: 'Error', errorMessage: 'in a timer' });
  });

  test('when the handler exceeds its memory, then the instance ends', async () => {
    expect(await payload('memory')).toBe(1);
    expect(await payload('memory', { eat: true })).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('signal: killed'),
    });
    expect(await payload('memory')).toBe(1);
  }, 30_000);

  test('when the init phase fails, then the error has the name that Lambda uses', async () => {
    expect(await payload('init')).toMatchObject({ errorType: 'Error', errorMessage: 'no start' });
    expect(await payload('missing')).toMatchObject({
      errorType: 'Runtime.HandlerNotFound',
      errorMessage: 'index.handler is undefined or not exported',
    });
    expect(await payload('no-module')).toMatchObject({
      errorType: 'Runtime.ImportModuleError',
      errorMessage: expect.stringContaining("Cannot find module './not-there'"),
    });
    expect(await payload('bad-syntax')).toMatchObject({ errorType: 'Runtime.UserCodeSyntaxError' });
    expect(await payload('callback')).toMatchObject({ errorType: 'Runtime.CallbackHandlerDeprecated' });
    expect(await payload('older')).toBe('in time');
  });

  test('when the response is too large, then an error is reported and the instance stays alive', async () => {
    expect(await payload('large', { size: 1024 })).toHaveLength(1024);
    expect(await payload('large', { size: 6_291_557 })).toEqual({
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    });
  });

  test('when an instance is stopped, then its invocation fails', async () => {
    const directory = writeFiles(temporaryFolder(), {
      'index.js': 'exports.handler = () => new Promise(() => setInterval(() => 1, 1000));',
    });
    const config = {
      name: 'x',
      arn: 'x',
      directory,
      handler: 'index.handler',
      runtimeMajor: 24,
      timeout: 60_000,
      memory: 128,
      environment: {},
    };
    const instance = new Instance(config, {}, () => undefined);
    const invocation = instance.invoke('{}', 'id');
    await until(() => instance.initMs !== undefined, 'it runs');
    await instance.stop();
    expect(await invocation).toMatchObject({ error: { errorType: 'Runtime.ExitError' } });
  });
});

describe('the Invoke API', () => {
  const invoke = (name: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${cloud.region.endpoint}/2015-03-31/functions/${name}/invocations`, { method: 'POST', body, headers });

  test('when a function is named by name, ARN, version or alias, then it is invoked', async () => {
    const names = [
      'echo',
      arnOfFunction('echo'),
      'echo:live',
      'echo:1',
      'echo:$LATEST',
      `${arnOfFunction('echo')}:live`,
    ];
    for (const name of [...names.map(encodeURIComponent)]) {
      const response = await invoke(name, '{"a":1}');
      expect([response.status, await response.json()]).toEqual([200, { event: { a: 1 } }]);
    }
    const qualified = await fetch(`${cloud.region.endpoint}/2015-03-31/functions/echo/invocations?Qualifier=live`, {
      method: 'POST',
      body: 'null',
    });
    expect(await qualified.json()).toEqual({ event: null });
    for (const name of ['nobody', 'echo:dead']) {
      const response = await invoke(name, '{}');
      expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([404, 'ResourceNotFoundException']);
    }
  });

  test('when the function fails, then the status is 200 with x-amz-function-error', async () => {
    const response = await invoke('throw', '{}');
    expect([response.status, response.headers.get('x-amz-function-error')]).toEqual([200, 'Unhandled']);
    expect(await response.json()).toMatchObject({ errorType: 'Oops' });
    expect((await invoke('echo', '{}')).headers.get('x-amz-function-error')).toBeNull();
  });

  test('when the payload is malformed or too large, or the type unknown, then the call fails', async () => {
    const status = async (body: string, headers: Record<string, string> = {}): Promise<unknown[]> => {
      const response = await invoke('echo', body, headers);
      return [response.status, response.headers.get('x-amzn-errortype')];
    };
    expect(await status('{')).toEqual([400, 'InvalidRequestContentException']);
    expect(await status('{}', { 'x-amz-invocation-type': 'Sometimes' })).toEqual([
      400,
      'InvalidParameterValueException',
    ]);
    expect(await status('{}', { 'x-amz-invocation-type': 'DryRun' })).toEqual([204, null]);
    expect(await status(`"${'x'.repeat(6 * 1024 * 1024)}"`)).toEqual([413, 'RequestTooLargeException']);
    expect(await status(`"${'x'.repeat(1024 * 1024)}"`, { 'x-amz-invocation-type': 'Event' })).toEqual([
      413,
      'RequestTooLargeException',
    ]);
  });

  test('given reserved concurrency, when more invocations arrive at once, then they are throttled', async () => {
    const responses = await Promise.all([0, 1, 2].map(() => invoke('reserved', '{"wait":200}')));
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 429, 429]);
    expect(responses.find(({ status }) => status === 429)?.headers.get('x-amzn-errortype')).toBe(
      'TooManyRequestsException',
    );
    expect((await invoke('reserved', '{"wait":0}')).status).toBe(200);
    const inside = await Promise.all([0, 1].map(() => cloud.invoke('reserved', { wait: 50 })));
    expect(inside.map(({ throttled }) => throttled === true).sort()).toEqual([false, true]);
  });
});

test('given handlers in subdirectories, as .mjs or in an ES module package, then they run', async () => {
  const folder = writeFiles(temporaryFolder(), {
    'src/v1.2/app.mjs':
      "import { readFileSync } from 'node:fs'; export const api = { run: async () => typeof readFileSync };",
    'esm/index.js': "export const handler = async () => 'module';",
    'esm/package.json': '{"type":"module"}',
    'old/index.cjs': "exports.handler = async () => 'cjs';",
  });
  const config = { name: 'x', arn: 'x', runtimeMajor: 24, timeout: 5_000, memory: 128, environment: {} };
  const run = async (directory: string, handler: string): Promise<unknown> => {
    const instance = new Instance({ ...config, directory, handler }, {}, () => undefined);
    const outcome = await instance.invoke('{}', 'id');
    await instance.stop();
    return 'payload' in outcome ? JSON.parse(outcome.payload ?? 'null') : outcome.error.errorType;
  };
  expect(await run(folder, 'src/v1.2/app.api.run')).toBe('function');
  expect(await run(`${folder}/esm`, 'index.handler')).toBe('module');
  expect(await run(`${folder}/old`, 'index.handler')).toBe('cjs');
  expect(await run(folder, 'nowhere.handler')).toBe('Runtime.ImportModuleError');
  expect(await run(folder, 'handler')).toBe('Runtime.MalformedHandlerName');
});

test('given many concurrent invocations, then the first free instance takes the next one', async () => {
  const { lambda } = cloud.services;
  const before = lambda.find('burst')?.instances;
  const results = await Promise.all(Array.from({ length: 100 }, () => lambda.invoke('burst', {})));
  expect(before).toBe(0);
  expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
  const instances = lambda.find('burst')?.instances ?? 0;
  expect(instances).toBeLessThan(50);
  expect(results.reduce((sum, { payload }) => sum + Number(payload === 1), 0)).toBeLessThanOrEqual(instances);
});

test('when a function is stopped, then waiting invocations fail', async () => {
  const { lambda } = cloud.services;
  const waiting = Array.from({ length: 20 }, () => lambda.invoke('never', {}));
  await lambda.kill((name) => name === 'never');
  for (const { error } of await Promise.all(waiting)) expect(error?.errorType).toBe('Runtime.ExitError');
  expect(lambda.find('never')?.instances).toBe(0);
});
