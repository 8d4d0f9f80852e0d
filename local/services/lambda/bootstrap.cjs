// Runs one instance of a function in a worker thread, as Lambda's own bootstrap does in its execution environment. Plain
// JavaScript, because a worker starts from a file, both in the source tree and in the built package.
'use strict';
const { existsSync } = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { receiveMessageOnPort, workerData } = require('node:worker_threads');

const { port, wake, directory, handler: handlerName, runtimeMajor, functionName, functionArn, memory } = workerData;
const wakeCounter = new Int32Array(wake);

// Output is posted synchronously: the event loop may be frozen before an asynchronous write completes.
for (const name of ['stdout', 'stderr']) {
  process[name].write = (chunk, encoding, callback) => {
    port.postMessage({ type: 'output', text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8') });
    const done = typeof encoding === 'function' ? encoding : callback;
    if (done) process.nextTick(done);
    return true;
  };
}

process.on('unhandledRejection', (reason) => {
  const { errorType, errorMessage, trace } = describe(reason);
  fail({ errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: `${errorType}: ${errorMessage}`, trace }, 128);
});
process.on('uncaughtException', (error) => {
  fail(describe(error), 129);
});

function fail(error, exitCode) {
  port.postMessage({ type: 'result', error, fatal: true });
  process.exit(exitCode);
}

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html */
function describe(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

/**
 * Blocks the thread until the next invocation, as Lambda freezes an execution environment between invocations: timers,
 * promises and sockets of the function stop, and continue during the next invocation.
 */
function nextInvocation() {
  for (;;) {
    const seen = Atomics.load(wakeCounter, 0);
    const received = receiveMessageOnPort(port);
    if (received !== undefined) return received.message;
    Atomics.wait(wakeCounter, 0, seen);
  }
}

function named(name, error) {
  const { errorType, errorMessage, trace } = describe(error);
  return Object.assign(new Error(`${errorType}: ${errorMessage}`), { name, stack: trace.join('\n') });
}

/** Loads the module of a handler, with Lambda's order of extensions: `.js`, `.mjs`, `.cjs`. */
async function loadModule(base) {
  const file = ['.js', '.mjs', '.cjs'].map((extension) => base + extension).find((one) => existsSync(one));
  if (file === undefined) {
    throw named('Runtime.ImportModuleError', new Error(`Cannot find module '${path.basename(base)}'`));
  }
  try {
    return file.endsWith('.mjs') ? await import(pathToFileURL(file).href) : createRequire(file)(file);
  } catch (error) {
    if (error?.code === 'ERR_REQUIRE_ESM' || error?.code === 'ERR_REQUIRE_ASYNC_MODULE') {
      return import(pathToFileURL(file).href);
    }
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND') {
      throw named('Runtime.ImportModuleError', error);
    }
    throw error instanceof SyntaxError ? named('Runtime.UserCodeSyntaxError', error) : error;
  }
}

async function loadHandler() {
  const [, file, names] = /^([^.]*)\.(.+)$/.exec(path.basename(handlerName)) ?? [];
  if (file === undefined) throw named('Runtime.MalformedHandlerName', new Error(`Bad handler: ${handlerName}`));
  const exported = names.split('.');
  const module = await loadModule(path.join(directory, path.dirname(handlerName), file));
  const handler = exported.reduce((value, name) => value?.[name], module);
  if (typeof handler !== 'function') {
    throw Object.assign(new Error(`${handlerName} is undefined or not exported`), { name: 'Runtime.HandlerNotFound' });
  }
  if (handler.length >= 3 && runtimeMajor >= 24) {
    const message =
      'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24.';
    throw Object.assign(new Error(message), { name: 'Runtime.CallbackHandlerDeprecated' });
  }
  return handler;
}

function contextOf({ requestId, deadline }) {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn,
    memoryLimitInMB: String(memory),
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

function call(handler, event, context) {
  if (handler.length < 3) return handler(event, context);
  return new Promise((resolve, reject) => {
    const returned = handler(event, context, (error, result) => {
      if (error) reject(error);
      else resolve(result);
    });
    if (typeof returned?.then === 'function') returned.then(resolve, reject);
  });
}

async function main() {
  const started = process.hrtime.bigint();
  const handler = await loadHandler();
  port.postMessage({ type: 'ready', initMs: Number(process.hrtime.bigint() - started) / 1e6 });
  for (;;) {
    const invocation = nextInvocation();
    try {
      const payload = await call(handler, JSON.parse(invocation.event), contextOf(invocation));
      port.postMessage({ type: 'result', payload: JSON.stringify(payload) });
    } catch (error) {
      port.postMessage({ type: 'result', error: describe(error) });
    }
  }
}

main().catch((error) => {
  fail(describe(error), 1);
});
